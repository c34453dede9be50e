"""The pages in a browser: the clock, faults, configuration, versions and instances; what two browsers see."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from console.browser import Console
from console.clicks import plant, submit, until
from environments import STACK

pytestmark = pytest.mark.merge  # the walk of the guide is the everyday test in a browser


def reading(page: Page) -> str:
    return page.locator("#clock .time").inner_text()


def test_the_clock_is_moved_frozen_and_set_free(console: Console) -> None:
    plant(console, until_ready=False)
    page = console.open("/time")
    before = reading(page)
    page.get_by_label(re.compile("Speed")).fill("9")
    page.get_by_role("button", name="+1 min", exact=True).click()
    expect(page.locator("#clock .time")).not_to_have_text(before)
    expect(page.get_by_label(re.compile("Speed"))).to_have_value("9")  # nothing typed is lost when the page is drawn
    expect(page.locator("#due tbody tr").first).to_contain_text("step of its plan")
    step = page.get_by_role("row", name=re.compile("shop-web")).get_by_role("button")
    at = step.get_attribute("aria-label") or ""
    step.click()
    expect(page.get_by_role("button", name=at)).to_have_count(0)
    page.locator("form", has_text="Until").get_by_role("button").click()
    expect(page.locator("#due")).not_to_contain_text("step of its plan")
    expect(page.locator("#clock")).not_to_have_class(re.compile("moving"))
    (environment,) = console.client.describe_environments()["Environments"]
    assert environment["Status"] == "Ready"
    slider = page.get_by_role("slider")
    now = console.control("GET", "/clock")["now"]
    slider.focus()
    page.keyboard.press("PageUp")
    expect(page.locator("#target")).to_contain_text("+0 s")
    assert console.control("GET", "/clock")["now"] > now
    page.get_by_role("button", name="Let it run").click()
    page.get_by_role("button", name="Freeze").wait_for()
    page.get_by_label(re.compile("Speed")).fill("600")
    page.get_by_role("button", name="Set speed").click()
    expect(page.locator("#clock")).to_contain_text("\u00d7600")
    page.get_by_role("button", name="Freeze").click()
    page.get_by_role("button", name="Let it run").wait_for()
    clock = console.control("GET", "/clock")
    assert (clock["mode"], clock["speed"]) == ("manual", 600)


def test_a_clock_that_moves_before_the_stream_is_open_is_shown_as_it_is(console: Console) -> None:
    """A page reads the clock first, and hears of nothing until its stream is open."""

    def move(route: Route) -> None:
        console.control("POST", "/clock/advance", {"seconds": 600})
        route.continue_()

    page = console.open("/time", prepare=lambda page: page.route("**/_beanpole/stream*", move, times=1))
    expect(page.locator("#live")).to_have_text("live")
    expect(page.locator("#clock .mono")).to_have_text(console.control("GET", "/clock")["now"][11:19])


def test_faults_are_armed_by_the_table_hit_and_disarmed(console: Console) -> None:
    plant(console)
    console.allowed.append("400: POST")
    page = console.open("/faults")
    form = page.locator("#arm")
    form.get_by_label("What happens").select_option("refuse")
    form.get_by_label("Code", exact=True).fill("AccessDenied")
    form.get_by_label("Operation", exact=True).fill("RestartAppServer")
    form.get_by_label("Times at most").fill("1")
    expect(page.locator("#arm-line")).to_contain_text('"operation":"RestartAppServer"')
    form.get_by_role("button", name="Arm").click()
    expect(page.locator("#armed")).to_contain_text("operation RestartAppServer")
    with pytest.raises(console.client.exceptions.ClientError, match="AccessDenied"):
        console.client.restart_app_server(EnvironmentName="shop-web")
    expect(page.locator("#armed tbody")).to_contain_text("1 of 1")
    page.get_by_role("button", name="Disarm fault-1").click()
    expect(page.locator("#armed")).to_contain_text("No fault is armed")
    form.get_by_label("What happens").select_option("command-fails")
    expect(form.get_by_label("Code", exact=True)).to_be_hidden()
    form.get_by_label("Operation", exact=True).fill("SwapEnvironmentCNAMEs")
    form.get_by_role("button", name="Arm").click()
    expect(page.locator("#arm-error")).to_contain_text("hits no plan of it")
    assert console.control("GET", "/faults") == {"faults": []}


def test_a_button_that_is_refused_says_why_and_changes_nothing(console: Console) -> None:
    plant(console)
    console.allowed.append("400: POST")
    page = console.open("/environments/shop-web")
    console.control("POST", "/faults", {"what": "refuse", "code": "TooManyEnvironmentsException", "times": 1})
    page.get_by_role("button", name="Restart", exact=True).click()
    dialog = page.get_by_role("dialog")
    assert "aws elasticbeanstalk restart-app-server --environment-id e-" in dialog.locator("pre").inner_text()
    dialog.get_by_role("button", name="Restart", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("TooManyEnvironmentsException")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Swap", exact=True).click()
    expect(dialog).to_contain_text("There is no other environment of the application with a CNAME")
    assert dialog.get_by_role("button").all_inner_texts() == ["Close"]


def test_configuration_tells_sources_and_compares(console: Console) -> None:
    plant(console)
    page = console.open("/environments/shop-web#configuration")
    submit(page, "Save configuration", "Save", name="before")
    submit(page, "Scale", "Scale", least="2", most="3")
    until(console, page, "Ready")
    row = page.get_by_role("row", name=re.compile("MinSize"))
    expect(row).to_contain_text("a call")
    page.get_by_label("Compare with").select_option("saved configuration before")
    expect(page.locator("#settings tbody tr")).to_have_count(2)
    expect(row.locator("td").nth(1)).to_have_text("1")


def test_versions_and_instances_are_shown(console: Console) -> None:
    plant(console)
    page = console.open("/environments/shop-web#versions")
    expect(page.locator("#version-list tbody tr")).to_have_count(2)
    page.get_by_role("button", name="What v1 holds").click()
    expect(page.get_by_role("dialog")).to_contain_text("Its bundle was not read")
    page.get_by_role("button", name="Close").click()
    page.get_by_role("link", name="Instances").click()
    page.locator("#fleet th a").first.click()
    expect(page.locator("#instance")).to_contain_text("deploy v1")
    page.get_by_role("link", name="Logs").click()
    page.get_by_role("button", name="Request the logs").click()
    expect(page.locator("#instance")).to_contain_text("being collected")
    page.get_by_role("button", name="Advance the clock by a minute").click()
    expect(page.locator("#instance pre")).to_contain_text("eb-engine.log")


def test_two_browsers_see_the_same(console: Console) -> None:
    plant(console)
    one, other = console.open("/environments/shop-web"), console.open("/environments/shop-web")
    listed = console.open("/")
    submit(one, "Deploy", "Deploy", version="v2")
    for page in (one, other):
        expect(page.locator("#state .status")).to_have_text("Updating")
    expect(listed.locator("#list .status")).to_have_text("Updating")
    other.get_by_role("button", name="Advance the clock by ten minutes").click()
    for page in (one, other):
        expect(page.locator("#facts")).to_contain_text("Version v2")
        expect(page.locator("#state .status")).to_have_text("Ready")
    expect(listed.get_by_role("row", name=re.compile("shop-web"))).to_contain_text("v2")
    events = console.client.describe_events(EnvironmentName="shop-web")["Events"]
    now = console.control("GET", "/clock")["now"]
    for page in (one, other):
        expect(page.locator("#events li")).to_have_count(len(events))
        expect(page.locator("#clock .mono")).to_have_text(now[11:19])
    texts = {page.locator("#events").inner_text() for page in (one, other)}
    assert len(texts) == 1
    assert reading(one) == reading(other)


def test_the_journal_tells_calls_as_they_come_and_is_searched(console: Console) -> None:
    page = console.open("/journal")
    expect(page.locator("#calls")).to_contain_text("No call was made yet")
    plant(console)
    with pytest.raises(console.client.exceptions.ClientError):
        console.client.swap_environment_cnames(SourceEnvironmentName="shop-web", DestinationEnvironmentName="nowhere")
    rows = page.locator("#calls tbody tr")
    expect(rows).to_have_count(5)
    expect(rows.first).to_contain_text("SwapEnvironmentCNAMEs")
    page.get_by_role("button", name="CreateEnvironment").click()
    expect(page.locator(".details")).to_contain_text('"CNAMEPrefix": "shop-web"')
    search = page.get_by_role("search")
    search.get_by_label("Answer").select_option("any")
    expect(rows).to_have_count(1)
    search.get_by_label("only what changed something").check()
    expect(page.locator("#calls")).to_contain_text("No call passes the search")
    search.get_by_label("Answer").select_option("")
    expect(rows).to_have_count(5)  # one of them the details of a call
    search.get_by_label("only what changed something").uncheck()
    search.get_by_label("Operation").fill("CreateApplicationVersion")
    expect(rows).to_have_count(2)
    (instance,) = console.control("GET", "/environments/shop-web/fleet")["instances"]
    console.service("ec2").terminate_instances(InstanceIds=[instance["id"]])
    search.get_by_label("Operation").fill("")
    expect(rows).to_have_count(7)  # one of them the details of a call
    expect(rows.first.locator("[data-label=Service]")).to_have_text("EC2")
    expect(rows.last.locator("[data-label=Service]")).to_have_text("Elastic Beanstalk")


def test_a_state_is_kept_by_name_or_as_a_file_and_gone_back_to(console: Console) -> None:
    plant(console)
    page = console.open("/snapshots")
    page.get_by_label("Name").fill("before")
    page.get_by_role("button", name="Take a snapshot").click()
    expect(page.locator("#list tbody")).to_contain_text("1 environment")
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download before").click()
    file = downloading.value.path()
    for go_back in (lambda: by_name(page), lambda: by_file(page, file)):
        console.client.terminate_environment(EnvironmentName="shop-web")
        console.control("POST", "/clock/advance", {"seconds": 3600})
        go_back()
        assert [environment["Status"] for environment in console.client.describe_environments()["Environments"]] == [
            "Ready"
        ]
    page.get_by_role("button", name="Forget before").click()
    expect(page.locator("#list")).to_contain_text("No snapshot is kept")


def by_name(page: Page) -> None:
    page.get_by_role("button", name="Go back to before").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("pre")).to_contain_text("/_beanpole/snapshots/before")
    dialog.get_by_role("button", name="Go back").click()
    expect(page.locator("#toasts")).to_contain_text("as it was when before was taken")


def by_file(page: Page, file: Path) -> None:
    page.get_by_label("A file that was downloaded").set_input_files(file)
    page.get_by_role("button", name="Restore it").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("pre")).to_contain_text("--data-binary @")
    dialog.get_by_role("button", name="Restore", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("as it was in the file")


def test_another_account_is_chosen_from_those_that_there_are(console: Console) -> None:
    plant(console)
    page = console.open("/")
    page.goto(f"{console.address}/_beanpole/console/")
    expect(page.get_by_text("Nothing grows here yet")).to_be_visible()
    page.get_by_role("button", name=re.compile("Account and region")).click()
    page.get_by_role("dialog").get_by_role("button", name=f"{console.account} us-east-1").click()
    expect(page.get_by_role("link", name="shop-web")).to_be_visible()
    page.get_by_role("link", name="Faults").click()
    expect(page.locator("#scope")).to_contain_text(console.account)


def test_environments_are_filtered(console: Console) -> None:
    plant(console)
    console.client.create_environment(ApplicationName="shop", EnvironmentName="other", SolutionStackName=STACK)
    page = console.open("/")
    rows = page.locator("#list tbody tr")
    expect(rows).to_have_count(2)
    page.get_by_placeholder("Filter by name").fill("shop web")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("1 of 1")
    page.get_by_placeholder("Filter by name").fill("")
    page.get_by_label("Status").select_option("Launching")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("other")
    page.get_by_label("Health").select_option("Green")
    expect(page.locator("#list")).to_contain_text("No environment passes the filter")


def test_the_table_that_the_server_draws_is_the_one_that_scripts_draw(console: Console) -> None:
    """Each state of the table: a launch, a namesake that is terminated, an environment without enhanced health."""
    plant(console)
    basic = {"Namespace": "aws:elasticbeanstalk:healthreporting:system", "OptionName": "SystemType", "Value": "basic"}
    client = console.client
    client.create_environment(
        ApplicationName="shop", EnvironmentName="basic", SolutionStackName=STACK, OptionSettings=[basic]
    )
    console.control("POST", "/clock/advance", {"seconds": 600})
    client.terminate_environment(EnvironmentName="shop-web")
    console.control("POST", "/clock/advance", {"seconds": 7000})
    client.create_environment(ApplicationName="shop", EnvironmentName="shop-web", SolutionStackName=STACK)
    page = console.open("/")
    first = page.locator("#list").inner_html()
    assert first.count("<tr data-key") == 3
    page.route("**/console/?*", without_data)
    page.reload()
    expect(page.locator("#live")).to_have_text("live")
    expect(page.locator("#list tbody tr")).to_have_count(3)
    assert page.locator("#list").inner_html() == first


def without_data(route: Route) -> None:
    """A page as a server with a control token sends it."""
    answer = route.fetch()
    bare = re.sub(
        r'(?s) data-clock="[^"]*" data-position="[^"]*"|<div class="scroll".*</table></div>', "", answer.text()
    )
    assert "<tr" not in bare
    route.fulfill(response=answer, body=bare)
