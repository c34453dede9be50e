"""What is found in source bundles, and that nothing in one can do harm."""

import gzip
import json
import zipfile
from io import BytesIO

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archives import zipped
from beanpole.files.bundle import archive, archive_files, contents, documents, members, names, remote
from beanpole.files.bundle.remote import open_object
from beanpole.files.object_store import Shelf, Unreadable
from beanpole.model.applications import contents as model
from beanpole.model.applications.contents import BundleProblem, Contents, Skipped
from beanpole.model.applications.manifest import Manifest
from beanpole.model.environment.link import Link
from beanpole.model.environment.tiers import Tier
from beanpole.model.options.definitions import OptionSetting
from beanpole.model.options.namespaces import PROPERTIES

MAP_FORM = "option_settings:\n  aws:elasticbeanstalk:command:\n    Timeout: 900\n    BatchSize: '030'\n"
LIST_FORM = """
option_settings:
  - namespace: aws:elasticbeanstalk:command
    option_name: Timeout
    value: 300
  - option_name: COLOUR
    value: green
  - namespace: aws:autoscaling:scheduledaction
    resource_name: Night
    option_name: MinSize
    value: 0
"""
COMMANDS = """
commands:
  02_second: {command: ls}
  01_first: {command: ls}
container_commands:
  migrate: {command: ./migrate, leader_only: true}
files: {}
Resources: {}
"""
MANIFEST = """
AWSConfigurationTemplateVersion: 1.1.0.0
EnvironmentName: front+
SolutionStack: 64bit Amazon Linux 2023 v4.13.7 running Python 3.14
CName: front-shop+
EnvironmentTier: {Name: Worker}
EnvironmentLinks: {QUEUE: jobs+}
OptionSettings:
  aws:elasticbeanstalk:command: {Timeout: 900}
"""
EXTENSIONS = ".ebextensions/"


def read(files, name="shop/v1.zip"):
    return archive.read(name, BytesIO(zipfile_or(files)))


def is_unreadable(bundle):
    (message,) = model.processing_failures(bundle.contents, "v1")
    return bundle.contents.problems == (BundleProblem("bundle"),) and message.text == (
        "Instance deployment: Your source bundle has issues that caused the deployment to fail. For details, see "
        "'eb-engine.log'."
    )


def zipfile_or(files):
    return files if isinstance(files, bytes) else zipped(files)


def configured(content):
    return read({".ebextensions/a.config": content})


def test_option_settings_come_in_two_forms_and_the_later_file_counts():
    bundle = read({f"{EXTENSIONS}01.config": MAP_FORM, f"{EXTENSIONS}02.config": LIST_FORM})
    assert bundle.extensions == (
        OptionSetting("aws:autoscaling:scheduledaction", "MinSize", "0", "Night"),
        OptionSetting(PROPERTIES, "COLOUR", "green"),
        OptionSetting("aws:elasticbeanstalk:command", "BatchSize", "030"),
        OptionSetting("aws:elasticbeanstalk:command", "Timeout", "300"),
    )
    assert bundle.contents.problems == ()


def test_json_is_read_too():
    rows = [{"option_name": "ON", "value": True}, {"option_name": "ROLE", "value": {"Ref": "X"}}]
    bundle = configured(json.dumps({"option_settings": rows}, indent="\t"))
    assert bundle.extensions == (
        OptionSetting(PROPERTIES, "ON", "true"),
        OptionSetting(PROPERTIES, "ROLE", '{"Ref":"X"}'),
    )


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('{"engines": {"node": ">=22"}}', None),
        ('{"engines": {"npm": "10"}}', "any-node"),
        ('{"engines": null}', "any-node"),
        ("[]", "any-node"),
        ("{}", "any-node"),
        ("", "no-json"),
        ("{name: shop}", "no-json"),
        ("[" * 100_000, "no-json"),
        (b"\xff\xfe\xfd", "no-json"),
        ("{}" + " " * archive_files.MOST_BYTES, None),
    ],
)
def test_what_a_package_says_of_node(content, complaint):
    assert read({"package.json": content}).contents.package == complaint


def test_nobody_minds_a_package_whose_dependencies_are_there():
    assert read({"package.json": "{", "node_modules/express/index.js": ""}).contents.package is None
    assert read({"package.json": "{}", "node_modules/express/index.js": ""}).contents.package == "any-node"
    assert read({"server.js": ""}).contents.package is None


def test_what_runs_on_an_instance_is_listed_by_name():
    bundle = read(
        {
            ".ebextensions/": "",
            ".ebextensions/b.config": COMMANDS,
            ".ebextensions/notes.txt": "not: [read",
            ".ebextensions/more/c.config": "not: [read",
            "sub/.ebextensions/d.config": COMMANDS,
            ".platform/hooks/predeploy/01.sh": "#!/bin/sh",
            ".platform/hooks/prebuild/00.sh": "#!/bin/sh",
            ".platform/confighooks/predeploy/01.sh": "#!/bin/sh",
            ".platform/nginx/nginx.conf": "",
            "Procfile": "web: gunicorn app\nworker-2: ./work\n#no\nbad name: x\nempty:\n",
            "Buildfile": "make: ./build.sh\n",
        }
    )
    assert bundle.contents == Contents(
        files=10,
        configuration_files=(".ebextensions/b.config",),
        hooks=(
            ".platform/confighooks/predeploy/01.sh",
            ".platform/hooks/prebuild/00.sh",
            ".platform/hooks/predeploy/01.sh",
        ),
        commands=("01_first", "02_second"),
        container_commands=("migrate",),
        processes=("web", "worker-2"),
        builds=("make",),
        starting=("Procfile",),
    )


@pytest.mark.parametrize(
    ("files", "name", "starting"),
    [
        ({"app.py": "", "sub/package.json": "", "sub/a.jar": ""}, "v1.zip", ()),
        (
            {"b.jar": "", "server.js": "", "a.jar": "", "Dockerfile": "FROM nginx"},
            "v1.zip",
            ("Dockerfile", "server.js", "a.jar", "b.jar"),
        ),
        ({"META-INF/MANIFEST.MF": "", "lib.jar": ""}, "shop/web.jar", ("web.jar",)),
    ],
)
def test_what_an_application_is_started_by_stands_at_the_root(files, name, starting):
    assert archive.read(name, BytesIO(zipped(files))).contents.starting == starting


def test_a_single_file_starts_the_application_of_which_it_is_all():
    assert archive.read("shop/Dockerrun.aws.json", BytesIO(b"{}")).contents.starting == ("Dockerrun.aws.json",)
    assert archive.read("v1.zip", BytesIO(b"no zip")).contents.starting is None


def test_the_manifest_is_read():
    assert read({"env.yaml": MANIFEST}).manifest == Manifest(
        environment_name="front+",
        solution_stack="64bit Amazon Linux 2023 v4.13.7 running Python 3.14",
        cname="front-shop+",
        tier=Tier("Worker", "SQS/HTTP"),
        links=(Link("QUEUE", "jobs+"),),
        option_settings=(OptionSetting("aws:elasticbeanstalk:command", "Timeout", "900"),),
    )
    assert read({"app.py": ""}).manifest is None
    assert read({"env.yaml": ""}).manifest == Manifest()


@pytest.mark.parametrize(
    "content", ["a", "[a]", "EnvironmentTier: web", "EnvironmentLinks: [a]", "OptionSettings: {a: b}", "a: b: c"]
)
def test_a_manifest_of_another_shape_is_a_problem(content):
    bundle = read({"env.yaml": content})
    assert bundle.manifest is None
    assert [problem.file for problem in bundle.contents.problems] == ["env.yaml"]


def test_a_file_with_a_key_that_none_may_have_is_passed_over_whole():
    bundle = read({f"{EXTENSIONS}a.config": f"OptionSettings: {{}}\n{MAP_FORM}", f"{EXTENSIONS}b.config": LIST_FORM})
    assert bundle.contents.skipped == (Skipped(".ebextensions/a.config", "OptionSettings"),)
    assert bundle.contents.problems == ()
    assert len(bundle.extensions) == 3
    (message,) = model.warnings(bundle.contents)
    assert (message.severity, message.text) == (
        "WARN",
        "Error processing file (Skipping): '.ebextensions/a.config' - Contains invalid key: 'OptionSettings'. For "
        "information about valid keys, see http://docs.aws.amazon.com/elasticbeanstalk/latest/dg/ebextensions.html",
    )


def test_a_file_that_is_neither_yaml_nor_json_is_a_problem_with_the_service_s_sentence():
    bundle = configured("first: 1\nsecond: 2: 3")
    (message,) = model.processing_failures(bundle.contents, "v1")
    assert (message.severity, message.text) == (
        "ERROR",
        "The configuration file .ebextensions/a.config in application version v1 contains invalid YAML or JSON. YAML "
        "exception: Invalid Yaml: mapping values are not allowed here\n in 'reader', line 2, column 10:\n"
        "    second: 2: 3\n             ^\n, JSON exception: Invalid JSON: Unexpected character (f) at position 0.. "
        "Update the configuration file.",
    )


@pytest.mark.parametrize("content", ["- a", "just text", "option_settings: [{option_name: &x [*x]}]"])
def test_a_file_that_is_no_map_or_never_ends_is_a_problem(content):
    assert [problem.what for problem in configured(content).contents.problems] == ["syntax"]
    assert configured(content).extensions == ()


@pytest.mark.parametrize(
    "content",
    ["option_settings: [COLOUR]", "option_settings: text", "option_settings: {aws:elasticbeanstalk:command: 9}"],
)
def test_an_entry_that_is_no_map_is_a_problem_of_its_own(content):
    assert configured(content).contents.problems == (BundleProblem("entry", ".ebextensions/a.config"),)


def test_aliases_cannot_multiply_settings():
    many = "".join(f"    O{number}: x\n" for number in range(2_000))
    content = f"option_settings:\n  n0: &n\n{many}" + "".join(f"  n{number}: *n\n" for number in range(1, 2_000))
    (problem,) = configured(content).contents.problems
    assert problem.yaml == f"it stands for more than {documents.MOST_LETTERS} letters"


def test_aliases_cannot_multiply_values_links_or_files():
    long = "x" * 60_000
    values = "".join(f"    O{number}: *x\n" for number in range(2_000))
    assert configured(f"option_settings:\n  n:\n    O: &x {long}\n{values}").contents.problems[0].what == "syntax"
    links = "".join(f"  L{number}: *x\n" for number in range(2_000))
    (problem,) = read({"env.yaml": f"EnvironmentLinks:\n  L: &x {long}\n{links}"}).contents.problems
    assert problem.yaml == f"it stands for more than {documents.MOST_LETTERS} letters"
    files = {
        f"{EXTENSIONS}{number:02}.config": f"option_settings: [{{option_name: N{number}, value: {long}}}]"
        for number in range(10)
    }
    assert is_unreadable(read(files))


@pytest.mark.parametrize(
    ("key", "content", "single"),
    [
        ("shop/Dockerfile", b"FROM nginx", "Dockerfile"),
        ("shop/v1", b"FROM nginx\nEXPOSE 80", "Dockerfile"),
        ("shop/Dockerrun.aws.json", b'{"AWSEBDockerrunVersion": "1"}', "Dockerrun.aws.json"),
        ("shop/v1-Dockerrun.aws.json", b'{"AWSEBDockerrunVersion": 1}', "Dockerrun.aws.json"),
        ("docker-compose.yml", b"services: {}", "docker-compose.yml"),
        ("v1.tar.gz", gzip.compress(b"x", mtime=0), None),
        ("v1.tar.gz", b"text", None),
        ("v1.zip", b"no zip", None),
        ("v1.JAR", b"no zip", None),
        ("v1.war", b"", None),
        ("v1", b"\x7fELF\0", None),
    ],
)
def test_what_is_no_archive_is_a_file_of_docker_or_fails_where_it_is_unpacked(key, content, single):
    """However short it is: a file in an object store of fewer bytes than an archive needs is as good as any other."""
    shelf = Shelf()
    shelf.write("b", key, content)
    source = archive.read(key, open_object(shelf, "b", key, len(content)), "0" * 64)
    assert (source.contents.files, source.contents.single, source.contents.problems) == (1, single, ())
    assert source.contents.unzip == names.NO_ARCHIVE
    assert source.bundle.unzip == (None if single else names.NO_ARCHIVE)
    assert [entry.path for entry in source.bundle.directory.entries] == ([single] if single else [])
    if single:
        assert members.read(shelf, "b", key, source.bundle.directory.entries[0]) == content


def test_a_file_that_unpacks_to_more_than_is_looked_into_is_a_problem():
    bundle = configured(b"#" * 20_000_000)
    (problem,) = bundle.contents.problems
    assert (problem.what, problem.yaml) == ("syntax", f"there are more than {archive_files.MOST_BYTES} bytes of it")


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_compression_that_knows_no_bound_is_not_unpacked(compression):
    bundle = BytesIO()
    with zipfile.ZipFile(bundle, "w", compression) as zip_file:
        zip_file.writestr(f"{EXTENSIONS}a.config", b"#" * 20_000_000)
    assert is_unreadable(read(bundle.getvalue()))


def test_a_directory_that_is_too_long_is_not_fetched(monkeypatch):
    monkeypatch.setattr(remote, "MOST_FETCHED", 100_000)
    shelf = Shelf()
    content = zipped({f"{number:0100}": "" for number in range(1_000)})
    shelf.write("b", "k.zip", content)
    source = archive.read("k.zip", open_object(shelf, "b", "k.zip", len(content)))
    assert source.contents == Contents(unread=True)
    (message,) = model.warnings(source.contents)
    assert message.severity == "WARN"


def test_many_files_are_looked_into_up_to_a_bound_in_all():
    large = b"#" * archive_files.MOST_BYTES
    bundle = read({f"{EXTENSIONS}{number}.config": large for number in range(10)})
    assert len(bundle.contents.problems) == 10 - archive_files.MOST_BYTES_IN_ALL // archive_files.MOST_BYTES


def test_an_archive_with_many_names_lists_a_few():
    bundle = read({f".platform/hooks/predeploy/{number:05}.sh": "" for number in range(5_000)})
    assert (bundle.contents.files, len(bundle.contents.hooks)) == (5_000, contents.MOST_NAMED)


BUNDLE = zipped(
    {f"{EXTENSIONS}a.config": MAP_FORM * 30, "env.yaml": MANIFEST, "Procfile": "web: x\n", "big": b"0" * 9_999}
)


@given(
    edits=st.lists(st.tuples(st.integers(0, len(BUNDLE) - 1), st.integers(0, 255)), min_size=1, max_size=30),
    cut=st.integers(0, len(BUNDLE)) | st.just(len(BUNDLE)),
)
@example(edits=[(6, 1), (8, 99)], cut=len(BUNDLE))
@example(edits=[(556, 0)], cut=len(BUNDLE))  # a file without a name
def test_a_damaged_archive_never_fails(edits, cut):
    damaged = bytearray(BUNDLE)
    for place, byte in edits:
        damaged[place] = byte
    source = archive.read("v1.zip", BytesIO(damaged[:cut]), "", BytesIO(damaged[:cut]))
    assert msgspec.json.encode(source)


@given(content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode(errors="surrogatepass")))
def test_any_configuration_file_and_any_manifest_can_be_kept(content):
    bundle = read({f"{EXTENSIONS}a.config": content, "env.yaml": content, "Procfile": content})
    assert msgspec.json.encode(bundle)


SCALARS = st.none() | st.booleans() | st.text(max_size=5) | st.floats()


@given(
    document=st.dictionaries(
        st.sampled_from(
            ["option_settings", "commands", "files", "OptionSettings", "EnvironmentTier", "EnvironmentLinks"]
        ),
        st.recursive(
            SCALARS,
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
            max_leaves=8,
        ),
        max_size=3,
    )
)
def test_any_document_is_read_or_is_a_problem(document):
    content = json.dumps(document).encode()
    bundle = read({f"{EXTENSIONS}a.config": content, "env.yaml": content})
    assert msgspec.json.encode(bundle)


def test_only_what_is_looked_at_is_fetched():
    fetched = []

    class Counting(Shelf):
        def part(self, bucket, key, start, stop):
            fetched.append(stop - start)
            return super().part(bucket, key, start, stop)

    shelf = Counting()
    content = zipped({"app.bin": bytes(5_000_000), f"{EXTENSIONS}a.config": MAP_FORM, "b.bin": bytes(5_000_000)})
    uncompressed = BytesIO()
    with zipfile.ZipFile(uncompressed, "w") as zip_file:
        zip_file.writestr("a.bin", bytes(5_000_000))
        zip_file.writestr(f"{EXTENSIONS}a.config", MAP_FORM)
        zip_file.writestr("b.bin", bytes(5_000_000))
    content = uncompressed.getvalue()
    shelf.write("b", "k.zip", content)
    source = archive.read("k.zip", open_object(shelf, "b", "k.zip", len(content)))
    assert len(source.extensions) == 2
    assert sum(fetched) < 500_000


def test_a_store_that_stops_answering_is_no_problem_of_the_bundle():
    class Broken(Shelf):
        def part(self, bucket, key, start, stop):
            raise Unreadable("Forbidden")

    with pytest.raises(Unreadable):
        archive.read("k.zip", open_object(Broken(), "b", "k.zip", 1000))
