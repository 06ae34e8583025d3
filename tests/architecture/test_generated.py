import pytest

from tests.architecture.generated import FOLDER, PAGES


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_generated_page_is_what_the_code_says(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == PAGES[name](), "run: make docs"


def test_no_generated_page_is_left_over() -> None:
    assert sorted(path.name for path in FOLDER.glob("*")) == sorted(name for name in PAGES if "/" not in name)
