"""What is innocent though it is listed, or holds what is.

Found by running the lists over some 40,000 first names, surnames and dinosaurs, and judged by hand.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ORDINARY = _words("""
    amador anita aryan balle blackman bogan boonie carruth cohee comer con concha cooter cox
    dahmer del dick dickman dix dong fan fanny fava fick gay gaylord geni gerber gooch griet guido
    gummer haji hard hiscock hoar hoare horney hui hummer johny kanen koon kummer kuntz lucifer
    lund lynch minger mona mong moona mose munter mussa noonan osama palen palle pansy pau pesce
    peter pinto pippa pitt polack polak pollock pompa porco quashie randi raper reet regina
    rosette schaffer schmuck sissy spagnola stagg stake stringer subba swinger taff teat teets
    trio usama vacca wang welcher whit wigger willie willy
""")
"""Names that people bear, and words that are not rude as a name: they are blocked only where they
are hidden, as by a figure in place of a letter."""

PARTS = _words("""
    anal analsex anus areola ariano arse asscock asses assman balls belino blacks boner bordel
    butt chatte cialis cipa clit clits cock cocks coon coons cumming cums damn dike dink dinks
    duche dyke ecchi engerd escort esperma fags fart feck fister fook grope guro hoer homo hooker
    hore horny kike knob kock kraut kums kunt labia licker milf mofo muff nazis negro nude orgy
    paki panty pecker phuk phuq piscio piss poof poon porn prick pube puta queer quim rape scat
    semen sexo shag shagger skeet smut sperm spic spick suck sucker swalow teez terrone tits titt
    tosser turd twink virgin wank
""")
"""Words that are blocked alone, not within names: Hancock, Arsenault, Montenegro, Spooner."""

HIDERS = {
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
"""Words looked for within names, their letters collapsed, and the few names where that is wrong."""
