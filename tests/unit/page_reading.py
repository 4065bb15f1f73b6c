"""What a reader sees of a page in one language, read back from its HTML alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

ENGLISH, CHINESE = "en", "zh-CN"
ROOT = "page"
VOID = frozenset({"br", "input", "link", "meta", "wbr"})
INLINE = frozenset({"a", "b", "button", "code", "small", "span", "tspan", "wbr"})
"""Elements that do not part words."""
UNSEEN = frozenset({"head", "script", "style"})
LABELS = {"aria-label": "data-zh-label", "placeholder": "data-zh-hint"}
"""Attributes with words for readers, and those that hold them in Chinese."""
SPACES = re.compile(r"\s+")
REFERENCE = re.compile(r"url\(#([^)]+)\)")


class Element:
    """An element with what is in it; `page` is the whole."""

    def __init__(self, tag: str, attributes: dict[str, str], parent: Element | None) -> None:
        self.tag = tag
        self.attributes = attributes
        self.parent = parent
        self.children: list[Element | str] = []

    def __iter__(self) -> Iterator[Element]:
        """All elements inside, in the order of the page."""
        for child in self.elements:
            yield child
            yield from child

    @property
    def elements(self) -> list[Element]:
        """The elements directly inside."""
        return [child for child in self.children if isinstance(child, Element)]

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    @property
    def language(self) -> str:
        """The one language in which the element is shown; empty if that is both."""
        return "" if self.tag in ("html", "button") else self.attributes.get("lang", "")

    def all(self, tag: str = "", *, marked: str = "", **attributes: str) -> list[Element]:
        """Elements inside with a tag, a class (`marked`) and values of attributes."""
        return [
            each
            for each in self
            if tag in ("", each.tag)
            and (not marked or marked in each.classes)
            and all(each.attributes.get(key) == value for key, value in attributes.items())
        ]

    def one(self, tag: str = "", *, marked: str = "", **attributes: str) -> Element:
        """The only such element."""
        (found,) = self.all(tag, marked=marked, **attributes)
        return found

    def words(self, language: str = ENGLISH, *, without: str = "") -> str:
        """Texts in one language, parted by single spaces.

        `without` is a class that is left out.
        """
        return " ".join(self.lines(language, without=without))

    def lines(self, language: str = ENGLISH, *, without: str = "") -> list[str]:
        """As `words`, but each paragraph, cell or label by itself."""
        lines = "".join(self._texts(language, without)).split("\n")
        return [" ".join(line.split()) for line in lines if line.strip()]

    def _texts(self, language: str, without: str) -> Iterator[str]:
        if self.tag in UNSEEN or self.language not in ("", language) or without in self.classes:
            return
        part = "" if self.tag in INLINE else "\n"
        yield part
        if language == CHINESE and "data-zh" in self.attributes:
            yield SPACES.sub(" ", self.attributes["data-zh"])
        else:
            for child in self.children:
                if isinstance(child, str):
                    yield SPACES.sub(" ", child)
                else:
                    yield from child._texts(language, without)
        yield part

    def labels(self, language: str = ENGLISH) -> list[str]:
        """Words of attributes in one language, of all elements inside that are shown in it."""
        found = []
        for each in self.elements:
            if each.tag in UNSEEN or each.language not in ("", language):
                continue
            for key, chinese in LABELS.items():
                if key in each.attributes:
                    wanted = chinese if language == CHINESE and chinese in each.attributes else key
                    found.append(each.attributes[wanted])
            found += each.labels(language)
        return found

    def rows(self, language: str = ENGLISH, *, without: str = "") -> list[list[str]]:
        """Words in the cells of each row of the tables inside."""
        return [
            [cell.words(language, without=without) for cell in row.elements if cell.tag in ("td", "th")]
            for row in self.all("tr")
        ]

    @property
    def ids(self) -> list[str]:
        return [each.attributes["id"] for each in self if "id" in each.attributes]

    @property
    def addresses(self) -> list[str]:
        """Values of all attributes that name a resource or a place."""
        return [
            value
            for each in self
            for key, value in each.attributes.items()
            if key in ("href", "src", "xlink:href")
        ]

    @property
    def references(self) -> list[str]:
        """Ids of what drawings use by `url(#...)`."""
        return [
            found for each in self for value in each.attributes.values() for found in REFERENCE.findall(value)
        ]

    @property
    def text(self) -> str:
        """What is directly inside, as a script has it."""
        return "".join(child for child in self.children if isinstance(child, str))

    @property
    def sheets(self) -> list[Element]:
        """Pages that are kept as scripts of type text/html until somebody asks for them."""
        return [read_page(each.text) for each in self.all("script", type="text/html")]


class _Reader(HTMLParser):
    """Builds the elements; every tag has to be closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.root = self.open = Element(ROOT, {}, None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {key: value or "" for key, value in attrs}
        assert len(attributes) == len(attrs), f"an attribute of {tag} is there twice: {attrs}"
        made = Element(tag, attributes, self.open)
        self.open.children.append(made)
        if tag not in VOID:
            self.open = made

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open.tag == tag, f"</{tag}> closes <{self.open.tag}>"
        assert self.open.parent is not None
        self.open = self.open.parent

    def handle_data(self, data: str) -> None:
        self.open.children.append(data)


def read_page(text: str) -> Element:
    """Read the HTML of a page or of a part of one."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert reader.open is reader.root, f"<{reader.open.tag}> is not closed"
    return reader.root
