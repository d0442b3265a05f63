"""The README says what the catalogue says."""

from provisioning import readme


def test_the_table_of_vitals_in_the_readme_is_the_catalogue() -> None:
    text = readme.README.read_text(encoding="utf-8")
    assert readme.rendered(text) == text, "README.md: the table of vitals is out of date, run `make readme`"


def test_a_row_of_the_readme_says_limits_as_they_are_written_in_the_catalogue() -> None:
    row = next(line for line in readme.table().splitlines() if line.startswith("| glucose (sensor)"))
    assert "| < 54 | < 70 or > 250 | one, 10 min (2), 60 min (2) |" in row
