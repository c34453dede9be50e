"""The pages as they are sent: headers, sizes, and what a page may hold."""

import gzip
import html
import re
from collections.abc import Callable
from typing import get_args

import pytest

from beanpole.console import first
from beanpole.console.assets import Assets
from beanpole.console.pages import PAGES, POLICY, PREFIX
from beanpole.model.plan.fault_targets import word
from beanpole.model.plan.steps import Step
from beanpole.store.connection import StoreError
from control.calling import Caller

HOME = f"{PREFIX}/"
MOST = 120 << 10  # bytes of a first page with all that it loads, compressed
ADDRESSES = [PREFIX + path.replace("<environment>", "shop-web") for path, *_ in PAGES]


def loaded(caller: Caller, address: str) -> dict[str, bytes]:
    """A page and all files that it names, by address, compressed."""
    files: dict[str, bytes] = {}
    waiting = [address]
    while waiting:
        path = waiting.pop()
        answer = caller.client.get(path, headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200, path
        assert answer.headers["Content-Encoding"] == "gzip"
        files[path] = answer.data
        text = gzip.decompress(answer.data).decode()
        named = re.findall(r'(?:href|src)="(/_beanpole/console/static/[^"]+)"', text)
        folder = path.rpartition("/")[0]
        named += [f"{folder}/{name}" for name in re.findall(r'^import .* from "\./(.*)";$', text, re.MULTILINE)]
        waiting += [name for name in named if name not in files]
    return files


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_is_kept_to_what_this_server_serves(manual: Caller, address: str) -> None:
    answer = manual.client.get(address)
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "unsafe" not in POLICY
    assert re.findall(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|javascript:", answer.text) == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_first_page_is_small_with_all_that_it_loads(manual: Caller, address: str) -> None:
    files = loaded(manual, address)
    assert len(files) > 6
    assert sum(map(len, files.values())) < MOST


def test_every_file_is_used_by_some_page(manual: Caller) -> None:
    used = {path.rpartition("/")[2] for address in ADDRESSES for path in loaded(manual, address)}
    assert {name for name in Assets().modules if name not in used} == set()


def test_a_file_stays_for_ever_and_a_page_is_asked_for_again(manual: Caller) -> None:
    files = loaded(manual, HOME)
    for path in files:
        lasting = manual.client.get(path).headers["Cache-Control"]
        assert lasting == ("no-cache" if path == HOME else "public, max-age=31536000, immutable")


def test_a_file_of_another_version_or_elsewhere_is_not_there(manual: Caller) -> None:
    digest = Assets().digest
    for path in ("000000000000/dom.js", f"{digest}/pages.py", f"{digest}/..%2fpages.py", f"{digest}/none.js"):
        answer = manual.client.get(f"{PREFIX}/static/{path}")
        assert answer.status_code == 404
        assert answer.content_type == "application/problem+json"


def test_with_a_token_pages_need_none_and_hold_nothing_of_an_account(guarded: Callable[[str], Caller]) -> None:
    caller = guarded("bean")
    before = caller.client.get(HOME).text
    caller.launch()
    assert caller.client.get(HOME).text == before
    bare = caller.client.get("/_beanpole/console", follow_redirects=True)
    assert (bare.status_code, bare.text) == (200, before)
    assert caller.client.get("/_beanpole/environments").status_code == 401


@pytest.mark.parametrize("path", ["nope", "environments", "environments/", "environments/a/b", "<b>", "%00"])
def test_an_address_without_a_page_has_one_that_says_so(manual: Caller, path: str) -> None:
    answer = manual.client.get(f"{HOME}{path}")
    assert answer.status_code == 404
    assert answer.content_type == "text/html; charset=utf-8"
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert "There is no page " in answer.text
    assert "<b>" not in answer.text
    assert "<script" not in answer.text


def test_without_a_token_pages_answer_this_machine_alone(manual: Caller) -> None:
    assert manual.client.get(HOME, environ_overrides={"REMOTE_ADDR": "192.0.2.1"}).status_code == 403


def test_account_and_region_come_from_the_query_and_are_checked(manual: Caller) -> None:
    page = manual.client.get(f"{HOME}?account=222222222222&region=eu-west-1").text
    assert 'data-account="222222222222" data-region="eu-west-1"' in page
    assert 'href="/_beanpole/console/time?account=222222222222&amp;region=eu-west-1"' in page
    odd = manual.client.get(f"{HOME}?account=<b>&region=<script>").text
    assert 'data-account="000000000000" data-region="us-east-1"' in odd
    assert "<b>" not in odd
    assert "<script>" not in odd


def test_without_a_token_the_first_answer_shows_the_table(manual: Caller) -> None:
    manual.launch()
    manual.launch("jobs-web", "jobs")
    manual.send("POST", "/_beanpole/clock/advance", {"seconds": 3600})
    page = manual.client.get(f"{HOME}?account={manual.account}").text
    rows = re.findall(r'<tr data-key="e-\w+" data-name="([\w-]+)" data-status="(\w+)"', page)
    assert rows == [("jobs-web", "Ready"), ("shop-web", "Ready")]
    assert "2 green" in page
    assert page.count('1<span class="soft"> of 1</span>') == 2
    assert '"mode":"manual"' in html.unescape(page)


def test_a_page_is_answered_while_the_store_is_away(manual: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise StoreError("away")

    monkeypatch.setattr(first, "read", away)
    page = manual.client.get(HOME)
    assert page.status_code == 200
    assert "data-position" not in page.text


def test_every_step_of_a_plan_has_words() -> None:
    asset = Assets().find("words.js")
    assert asset is not None
    _, _, rows = asset.body.decode().partition("const STEPS = {")
    words = dict(re.findall(r'^  "([a-z-]+)": "(.+)",$', rows.partition("};")[0], re.MULTILINE))
    steps = {word(step): step for step in get_args(Step)}
    assert words.keys() == steps.keys() - {"announce"}  # whose words are those of its event
    for name, text in words.items():
        assert set(re.findall(r"\{(\w+)\}", text)) <= set(steps[name].__struct_fields__), name
