"""XML out of hostile hands: a small tree, or an error. No document type, so no entities; bounded in every direction.

Written on the parser itself (expat) because a tree library reads first and lets one check afterwards.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from sereno.core.errors import invalid

MAX_BYTES = 1 << 20
MAX_DEPTH = 48
MAX_ELEMENTS = 20_000
MAX_ATTRIBUTES = 48
_SEPARATOR = "\x1f"


@dataclass(slots=True)
class Element:
    """Names without namespace, because devices agree on the words and not on the prefixes."""

    name: str
    namespace: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def all(self, name: str) -> Iterator["Element"]:
        """Children of that name."""
        return (child for child in self.children if child.name == name)

    def at(self, *path: str) -> "Element | None":
        """The first one down a path of names."""
        here: Element | None = self
        for name in path:
            here = next(here.all(name), None) if here is not None else None
        return here

    def value(self, *path: str) -> str:
        """The text down a path; empty when there is none."""
        found = self.at(*path)
        return "" if found is None else found.text.strip()

    def every(self, name: str) -> Iterator["Element"]:
        """Everything of that name below, in order."""
        for child in self.children:
            if child.name == name:
                yield child
            yield from child.every(name)


def read_xml(content: bytes) -> Element:
    """Raises: AppError invalid ``xml_refused``; its words hold nothing of the content."""
    if len(content) > MAX_BYTES:
        raise _refused("it is too long")
    reading = _Reading()
    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reading.doctype
    parser.EntityDeclHandler = reading.doctype
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    try:
        parser.Parse(content.strip(b"\x00\r\n\t \xef\xbb\xbf"), True)
    except (expat.ExpatError, ValueError, LookupError):
        raise _refused("it is not well-formed") from None
    return reading.root


class _Reading:
    def __init__(self) -> None:
        self.root = Element("")
        self._open = [self.root]
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) > MAX_DEPTH or self._count > MAX_ELEMENTS or len(attributes) > MAX_ATTRIBUTES:
            raise _refused("it is too deep or too large")
        namespace, _, local = name.rpartition(_SEPARATOR)
        plain = {key.rpartition(_SEPARATOR)[2]: value for key, value in attributes.items()}
        element = Element(local, namespace, plain)
        self._open[-1].children.append(element)
        self._open.append(element)

    def end(self, _name: str) -> None:
        self._open.pop()

    def text(self, text: str) -> None:
        self._open[-1].text += text

    def doctype(self, *_declared: object) -> None:
        raise _refused("it declares a document type")


def write_xml(element: Element, **more: str) -> str:
    """The element as it came, for what a device wants to be told back; ``more`` are attributes without namespace."""
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in {**element.attributes, **more}.items())
    inner = escape(element.text) + "".join(write_xml(child) for child in element.children)
    return f"<{element.name} xmlns={quoteattr(element.namespace)}{attributes}>{inner}</{element.name}>"


def true_of(text: str) -> bool:
    """``true``, ``True``, ``TRUE`` and ``1``: cameras write them all."""
    return text.strip().lower() in ("true", "1", "on", "yes")


def number_of(text: str, default: float = 0.0) -> float:
    """A finite number, or ``default``."""
    try:
        number = float(text.strip())
    except ValueError:
        return default
    return number if abs(number) < 1e12 else default  # which also refuses nan


def _refused(why: str) -> Exception:
    return invalid("xml_refused", f"The XML is refused: {why}.")
