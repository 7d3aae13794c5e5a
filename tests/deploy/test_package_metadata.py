"""Package metadata: absolute links of the release's files, or none without a public repository."""

from deploy.package_metadata import make_description, make_urls

URL = "https://example.org/ada/namesmith"
README = """# Title

![A chat](docs/page.png)

See [the docs](docs/a.md), [CI](https://example.org/ci) and `[names]` (below).
"""


def test_links_are_absolute() -> None:
    assert make_description(README, URL, "v1.2.0") == README.replace(
        "(docs/page.png)", f"({URL}/raw/v1.2.0/docs/page.png)"
    ).replace("(docs/a.md)", f"({URL}/blob/v1.2.0/docs/a.md)")
    assert all(link.startswith(URL) for link in make_urls(URL).values())


def test_no_repository_no_links_to_it() -> None:
    text = make_description(README, "", "v1.2.0")
    assert text.startswith(
        "# Title\n\nSee the docs, [CI](https://example.org/ci) and `[names]` (below)"
    )
    assert make_urls("") == {}
