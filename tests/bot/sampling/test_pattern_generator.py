"""Pattern generator: requests, scores and completions of a pattern, over small known styles."""

import asyncio
import contextlib
import gc
import weakref
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.sampling import Artifact, Engine, NameGenerator, PatternGenerator, Request, RequestError
from bot.sampling.pattern import Part, parse_pattern

from ..artifacts import all_names, write_artifact, write_free_artifact

FIRST = ("Mary", "Martha", "Anne", "José", "Rose")
LAST = ("Smith", "Stone", "Baker", "Marsh")
COLOURS = ("Crimson", "Grey", "Golden")
ANIMALS = ("Fox", "Crow", "Lion", "Lynx")
LISTS = {
    "first": FIRST,
    "last": LAST,
    "colours": COLOURS,
    "animals": ANIMALS,
    "ab": ("ab", "ba"),
    "only": ("Xy",),
}

MakePattern = Callable[[str], PatternGenerator]


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Artifact]:
    folder = tmp_path_factory.mktemp("styles")
    files = {name: write_artifact(folder / f"{name}.onnx", LISTS[name]) for name in LISTS}
    files["free"] = write_free_artifact(folder / "free.onnx", ("ab", "b"), 0.5, 4)
    return {name: Artifact.open(file) for name, file in files.items()}


@pytest.fixture
def pattern(artifacts: dict[str, Artifact]) -> Iterator[MakePattern]:
    """Return a function that makes the generator of a pattern of these styles."""
    engines = {name: Engine(artifact) for name, artifact in artifacts.items()}

    def make(text: str) -> PatternGenerator:
        return PatternGenerator("People", text, elements_of(text, engines))

    yield make
    for engine in engines.values():
        engine.close()


def elements_of(text: str, generators: dict[str, Engine]) -> list[str | tuple[NameGenerator, ...]]:
    return [
        tuple(generators[style] for style in each.styles) if isinstance(each, Part) else each
        for each in parse_pattern(text).elements
    ]


async def test_names_have_a_name_of_each_part(pattern: MakePattern) -> None:
    names = await pattern("The {colours} {animals}!").names(Request(count=4, seed=1))
    assert len(set(names)) == 4
    for name in names:
        the, colour, animal = name.removesuffix("!").split(" ")
        assert (the, colour[0] in "CG", animal[0] in "FCL") == ("The", True, True)
    assert len({name.split()[2] for name in names}) == 4, "each animal is used once if it can be"


async def test_the_same_seed_gives_the_same_names(pattern: MakePattern) -> None:
    request = Request(count=8, seed=3, contains="a")
    first = await pattern("{first|last} {last}").names(request)
    others = asyncio.gather(*(pattern("{last} {first}").names(Request(count=9)) for _ in range(5)))
    assert await pattern("{first|last} {last}").names(request) == first
    await others
    assert await pattern("{first|last} {last}").names(Request(count=8, seed=4)) != first


async def test_alternatives_are_chosen_equally_often(pattern: MakePattern) -> None:
    generator = pattern("{first|ab}")
    drawn = [(await generator.names(Request(count=1, seed=seed)))[0] for seed in range(300)]
    share = sum(name[0] in "ab" for name in drawn) / len(drawn)
    assert 0.4 < share < 0.6


@pytest.mark.parametrize(
    ("text", "prefix", "spelled"),
    [
        ("{first} {last}", "Mar", "Mar"),
        ("{first} {last}", "mary sm", "Mary Sm"),
        ("{first} {last}", "  Mary ", "Mary "),
        ("{first} {last}", "máry s", "Mary S"),
        ("The {colours} {animals}", "the cr", "The Cr"),
        ("The {colours} {animals}", "th", "Th"),
        ("The {colours} {animals}", "The Grey L", "The Grey L"),
        ("{first|animals} {last}", "l", "L"),
        ("{first}{last}", "annebak", "AnneBak"),
    ],
)
async def test_a_prefix_may_span_parts(
    pattern: MakePattern, text: str, prefix: str, spelled: str
) -> None:
    names = await pattern(text).names(Request(prefix=prefix, seed=1))
    assert names
    assert all(name.startswith(spelled) for name in names)


async def test_splits_of_a_prefix_are_drawn_as_often_as_they_are_likely(
    pattern: MakePattern, artifacts: dict[str, Artifact]
) -> None:
    """Compare with the exact distribution of all pairs, computed from the tables."""
    exact = all_names(("ab", "b"), 0.5, 4)
    pairs: Counter[str] = Counter()
    for a, p in exact.items():
        for b, q in exact.items():
            if (a + b).startswith("aba"):
                pairs[a + b] += p * q  # type: ignore[assignment]
    total = sum(pairs.values())
    generator = pattern("{free}{free}")
    count = 2_000
    drawn = Counter(
        [
            (await generator.names(Request(prefix="aba", count=1, seed=seed)))[0]
            for seed in range(count)
        ]
    )
    for name, probability in pairs.most_common(5):
        share = probability / total
        error = 4 * (share * (1 - share) / count) ** 0.5
        assert abs(drawn[name] / count - share) < error + 0.01, name


async def test_an_impossible_prefix_gets_one_line(pattern: MakePattern) -> None:
    for text, prefix, message in (
        ("The {colours} {animals}", "Cr", "Names in this style begin with “The”."),
        ("{first} {last}", "Mary Sm1", "No name in this style begins with “Mary Sm1”. Its pattern"),
        ("{first} {last}", "M" * 30, "“MMM"),
    ):
        with pytest.raises(RequestError) as raised:
            await pattern(text).names(Request(prefix=prefix))
        assert str(raised.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "suffix"),
    [
        ("{first} {last}", "th"),
        ("{first} {last}", "y smith"),
        ("{first} {last}", "e Stone"),
        ("{first} the Bold", "ld"),
        ("{first} the Bold", "e the bold"),
        ("{first}", "se"),
    ],
)
async def test_a_suffix_may_span_parts(pattern: MakePattern, text: str, suffix: str) -> None:
    names = await pattern(text).names(Request(suffix=suffix, seed=1))
    assert names
    assert all(name.casefold().endswith(suffix.casefold()) for name in names)


@pytest.mark.parametrize("contains", ["mar", "Fox", "y s", "arsh", "the"])
async def test_contained_text(pattern: MakePattern, contains: str) -> None:
    generator = pattern("{first} {last|animals} the Great")
    names = await generator.names(Request(contains=contains, seed=1, count=3))
    assert len(names) == 3
    assert all(contains.casefold() in name.casefold() for name in names)


async def test_contained_text_may_span_parts(pattern: MakePattern) -> None:
    generator = pattern("{first} {last|animals} the Great")
    names = await generator.names(Request(contains="ary Bak", seed=1, count=2))
    assert names
    assert all("ary Bak" in name for name in names)


async def test_lengths_hold_for_whole_names(pattern: MakePattern) -> None:
    generator = pattern("{free} {free}")
    for low, high in ((1, 4), (7, 9), (9, 9), (3, 3)):
        names = await generator.names(Request(min_length=low, max_length=high, seed=1))
        assert names
        assert all(low <= len(name) <= high for name in names)
    with pytest.raises(RequestError, match="at least 10 characters, but names in this style"):
        await generator.names(Request(min_length=10))
    with pytest.raises(RequestError, match="at least 3 characters, but you allow at most 2"):
        await generator.names(Request(max_length=2))


async def test_a_new_name_has_a_part_that_is_not_in_its_list(pattern: MakePattern) -> None:
    generator = pattern("{first} {ab}")
    names = await generator.names(Request(count=5, seed=1, new_only=True))
    assert names
    assert not any(map(generator.in_corpus, names))
    assert generator.in_corpus("Mary ab")
    assert not generator.in_corpus("Mary abab")
    assert not generator.in_corpus("Mary")
    with pytest.raises(RequestError, match="is in the list already"):
        await pattern("{only} of {only}").names(Request(new_only=True))


async def test_excluded_and_blocked_names_are_left_out(pattern: MakePattern) -> None:
    generator = pattern("{colours} {animals}")
    shown = await generator.names(Request(count=5, seed=1))
    asked: list[str] = []

    def is_allowed(name: str) -> bool:
        asked.append(name)
        return "Fox" not in name

    request = Request(count=5, seed=1, exclude=frozenset(map(str.upper, shown)))
    others = await generator.names(request)
    assert not {*map(str.casefold, shown)} & {*map(str.casefold, others)}
    allowed = await generator.names(Request(count=12, seed=1, is_allowed=is_allowed))
    assert allowed
    assert not any("Fox" in name for name in allowed)
    assert len(asked) == len(set(asked)), "each name is checked once"
    with pytest.raises(RequestError, match="blocked word"):
        await generator.names(Request(is_allowed=lambda _: False))


async def test_a_part_without_names_does_not_stop_its_alternatives(pattern: MakePattern) -> None:
    names = await pattern("{first|animals} {last}").names(Request(contains="Lynx", seed=2))
    assert names
    assert all("Lynx" in name for name in names)


async def test_patterns_may_be_nested(pattern: MakePattern, artifacts: dict[str, Artifact]) -> None:
    engines = {name: Engine(artifact) for name, artifact in artifacts.items()}
    people = pattern("{first} {last}")
    nested = PatternGenerator(
        "Owners", "", ["The ", (engines["colours"],), " ", (engines["animals"],), " of ", (people,)]
    )
    names = await nested.names(Request(prefix="the grey fox of mary s", seed=1))
    assert all(name.startswith("The Grey Fox of Mary S") for name in names)
    score = await nested.score("the grey fox of rose marsh")
    assert score.name == "The Grey Fox of Rose Marsh"
    assert [part.score.name for part in score.parts] == ["Grey", "Fox", "Rose Marsh"]
    top = await nested.top_names("The G", 3)
    assert [name.startswith("The G") for name, _ in top] == [True] * 3


async def test_a_score_is_that_of_the_parts(
    pattern: MakePattern, artifacts: dict[str, Artifact]
) -> None:
    score = await pattern("{first} {last}").score("mary smith")
    engines = [Engine(artifacts[name]) for name in ("first", "last")]
    alone = [await engines[0].score("Mary"), await engines[1].score("Smith")]
    assert score.name == "Mary Smith"
    assert [part.score for part in score.parts] == alone
    assert score.percentile == min(each.percentile for each in alone)
    assert [each.character for each in score.characters] == [*"Mary Smith", ""]
    total = sum(each.nats * len(each.characters) for each in alone)
    assert sum(each.nats for each in score.characters) == pytest.approx(total)
    with pytest.raises(RequestError, match=r"“Mary” doesn't fit the pattern “\{first\} \{last\}”"):
        await pattern("{first} {last}").score("Mary")
    with pytest.raises(RequestError, match="no name to rate"):
        await pattern("{first} {last}").score(" ")


async def test_top_names_are_the_most_likely_ones(pattern: MakePattern) -> None:
    exact = all_names(("ab", "b"), 0.5, 4)
    pairs = {f"{a}-{b}": p * q for a, p in exact.items() for b, q in exact.items()}
    best = sorted(pairs, key=lambda name: -pairs[name])[:5]
    top = await pattern("{free}-{free}").top_names("", 5)
    assert [p for _, p in top] == pytest.approx([pairs[name] for name in best], rel=0.01)
    assert dict(top) == pytest.approx({name: pairs[name] for name, _ in top}, rel=0.01)
    with_prefix = await pattern("{first} {last}").top_names("mary s", 10)
    assert with_prefix
    assert all(name.startswith("Mary S") for name, _ in with_prefix)
    assert 0.5 < sum(p for _, p in with_prefix) <= 1.0001


async def test_a_pattern_cannot_be_blended(pattern: MakePattern) -> None:
    with pytest.raises(RequestError, match="“People” is a pattern, and names of a pattern can't"):
        await pattern("{first} {last}").blend(["Mary Smith", "Anne Stone"])


async def test_engines_are_freed_with_the_pattern(artifacts: dict[str, Artifact]) -> None:
    """Neither answers nor errors leave a reference cycle that holds an engine."""
    gc.collect()
    gc.disable()
    try:
        engine = Engine(artifacts["first"])
        generator = PatternGenerator("Two", "", [(engine,), " ", (engine,)])
        await generator.names(Request(prefix="Mary A"))
        await generator.score("Mary Anne")
        for request in (Request(prefix="X"), Request(suffix="xx"), Request(contains="zz")):
            with contextlib.suppress(RequestError):
                await generator.names(request)
        freed = weakref.ref(engine)
        del engine, generator
        async with asyncio.timeout(60):  # its thread may hold it a little longer
            while freed() is not None:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    finally:
        gc.enable()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    text=st.sampled_from(
        ["{first} {last}", "The {colours} {animals}", "{first|animals}{free}", "{free}{free}{free}"]
    ),
    prefix=st.sampled_from(["", "m", "The ", "ab", "Mary S"]),
    suffix=st.sampled_from(["", "h", "x", "b", "y Smith"]),
    contains=st.sampled_from(["", "a", "ar", "e C"]),
    low=st.integers(0, 14),
    high=st.one_of(st.none(), st.integers(1, 16)),
    new_only=st.booleans(),
    count=st.integers(1, 6),
)
def test_every_name_meets_the_whole_request(
    artifacts: dict[str, Artifact],
    text: str,
    prefix: str,
    suffix: str,
    contains: str,
    low: int,
    high: int | None,
    new_only: bool,
    count: int,
) -> None:
    async def run() -> None:
        engines = {name: Engine(artifact) for name, artifact in artifacts.items()}
        generator = PatternGenerator("People", text, elements_of(text, engines))
        request = Request(
            prefix=prefix,
            suffix=suffix,
            contains=contains,
            min_length=low,
            max_length=high,
            new_only=new_only,
            count=count,
            seed=1,
        )
        lines: list[str] = []
        try:
            names = await generator.names(request)
        except RequestError as error:
            names = []
            lines.extend(str(error).splitlines())
        assert len(lines) == (not names)
        assert len(names) == len(set(names)) <= count
        for name in names:
            folded = name.casefold()
            assert folded.startswith(prefix.casefold())
            assert folded.endswith(suffix.casefold())
            assert contains.casefold() in folded
            assert low <= len(name) <= (high or generator.max_length)
            assert not (new_only and generator.in_corpus(name))

    asyncio.run(run())
