"""Allow-list: ordinary names that the filter lets through although the word list blocks them.

They were found by running the filter over 40,000 first names, surnames and dinosaurs, and were
judged by hand.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ORDINARY_NAMES = _words(
    """
    amador anita aryan balle comer con concha cooter dick dickman dix dong del fan fanny fava
    fick gay gaylord gerber gooch griet guido haji hiscock hoare horney johny kanen koon kummer
    kuntz lund minger mona mong moona mose munter mussa osama palen palle pansy pau pesce peter
    pinto pippa pitt polack polak pompa porco randi raper reet regina rosette schmuck sissy
    spagnola swinger subba stake teat teets trio usama vacca wang wigger willie willy
    """
)
"""Names that people have. They are blocked only in disguise, as with a digit for a letter."""

INNOCENT_CONTEXTS = {
    "cunt": ("scunthorp",),
    "gok": ("gookin",),
    "nazi": ("gnazi", "nazia", "nazif", "nazih", "nazim", "nazir"),
    "penis": ("penisto", "pennisto"),
    "raghead": ("craghead",),
    "shit": ("ashita", "ishita", "oshita", "ushita", "shitake", "shitar"),
    "slut": ("slutsk",),
    "sluts": ("slutsk",),
    "twat": ("twater",),
}
"""Words blocked within names, without repeated letters, and the parts of names that contain them
innocently."""
