"""Source bundles that cross a limit which cuts or leaves out, with its effect."""

import io
import json
from collections.abc import Callable, Mapping

import pytest

from archives import zipped
from attacks.crossings import bundle_of
from beanpole.files.bundle import archive, checksums
from beanpole.files.bundle.parser_words import Malformed
from beanpole.model.bundles.unzip import Unzip
from beanpole.tables import limits

EXTENSION = ".ebextensions/%03d.config"


def files_beyond_what_is_read_of_a_bundle_are_problems() -> None:
    content = b"#" * limits.most("bundle_file")
    whole = limits.most("bundle_files") // len(content)
    bundle = bundle_of({EXTENSION % number: content for number in range(whole + 3)})
    assert len(bundle.contents.problems) == 3


def the_first_names_of_a_bundle_are_kept() -> None:
    names = [f".platform/hooks/predeploy/{number:05}.sh" for number in range(limits.most("bundle_names") + 1)]
    assert list(bundle_of(dict.fromkeys(names, b"")).contents.hooks) == names[:-1]


def the_long_text_of_a_template_is_cut_and_a_long_default_is_none() -> None:
    most = limits.most("template_value")
    document = {
        "Parameters": {
            "Short": {"Type": "String", "Default": "x" * most},
            "Long": {"Type": "String", "Default": "x" * (most + 1)},
        },
        "Outputs": {"Url": {"Value": "x", "Description": "x" * (most + 1)}},
    }
    template = bundle_of({EXTENSION % 1: json.dumps(document).encode()}).contents.custom
    assert template is not None
    assert template.parameters == (("Short", "x" * most),)
    assert template.outputs[0].description == "x" * most


def members_beyond_a_bound_are_not_compared() -> None:
    """A member with a wrong checksum behind others; the limit is here lowered to their size."""
    content = bytearray(zipped({"a": bytes(1_000), "b": b"x"}))
    content[content.find(b"b", 40) - 16] ^= 0xFF

    def unzip(most: int) -> Unzip | None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(checksums, "MOST_BYTES", most)
            return archive.read("k.zip", io.BytesIO(content), "", io.BytesIO(content)).contents.unzip

    assert limits.most("bundle_checked") == checksums.MOST_BYTES
    assert unzip(1_001) is not None
    assert unzip(1_000) is None


def a_long_reason_is_cut() -> None:
    assert len(Malformed("x" * 5_000).yaml) == limits.most("document_reason")


def a_long_key_is_cut() -> None:
    most = limits.most("document_key")
    bundle = bundle_of({EXTENSION % 1: b"? " + b"x" * (most + 1) + b"\n: y\n"})
    assert bundle.contents.skipped[0].key == "x" * most


HAD: Mapping[str, Callable[[], None]] = {
    "bundle_files": files_beyond_what_is_read_of_a_bundle_are_problems,
    "bundle_checked": members_beyond_a_bound_are_not_compared,
    "bundle_names": the_first_names_of_a_bundle_are_kept,
    "template_value": the_long_text_of_a_template_is_cut_and_a_long_default_is_none,
    "document_reason": a_long_reason_is_cut,
    "document_key": a_long_key_is_cut,
}
