"""Values in words, as the scripts of the pages write them: `static/words.js` has the same in the browser.

A page is first shown with what the server has put on it, and changed by its scripts later; a test holds the two to each
other.
"""

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def span(milliseconds: int) -> str:
    """A span of time in its largest units, such as `2 min 5 s`."""
    left = (abs(milliseconds) + 500) // 1000
    parts = []
    for seconds, unit in _UNITS:
        number, left = divmod(left, seconds)
        parts.append((number, unit))
    first = next((index for index, (number, _) in enumerate(parts) if number), len(parts))
    return " ".join(f"{number} {unit}" for number, unit in parts[first : first + 2] if number) or "0 s"


def ago(at: int, present: int) -> str:
    """The time since an instant, in its largest unit alone, such as `54 min ago`."""
    if present - at < 1000:
        return "now"
    number, unit = span(present - at).split(" ")[:2]
    return f"{number} {unit} ago"


def platform(name: str) -> tuple[str, str]:
    """The language and the system of a solution stack, without the words of all stacks; of an ARN name and version."""
    if name.startswith("arn:"):
        first, _, last = "/".join(name.split("/")[-2:]).partition("/")
        return first, last
    system, _, language = name.removeprefix("64bit ").partition(" running ")
    return (language, system) if language else (system, "")
