"""What shapes do, in the many ways in which people say it."""

# Templates are easier to read in one line
# ruff: noqa: E501

from demo.questions.turn import Rng, pick

_IRREGULAR: dict[str, tuple[str, str, str]] = {
    "go": ("goes", "going", "went"),
    "get": ("gets", "getting", "got"),
    "become": ("becomes", "becoming", "became"),
    "come": ("comes", "coming", "came"),
    "leave": ("leaves", "leaving", "left"),
    "stand": ("stands", "standing", "stood"),
    "stay": ("stays", "staying", "stayed"),
    "spin": ("spins", "spinning", "spun"),
    "show": ("shows", "showing", "showed"),
    "pop": ("pops", "popping", "popped"),
    "light": ("lights", "lighting", "lit"),
    "hit": ("hits", "hitting", "hit"),
    "flash": ("flashes", "flashing", "flashed"),
    "vanish": ("vanishes", "vanishing", "vanished"),
    "switch": ("switches", "switching", "switched"),
    "swell": ("swells", "swelling", "swelled"),
    "shrink": ("shrinks", "shrinking", "shrank"),
    "grow": ("grows", "growing", "grew"),
    "exit": ("exits", "exiting", "exited"),
    "turn": ("turns", "turning", "turned"),
    "fly": ("flies", "flying", "flew"),
    "is": ("is", "being", "was"),
}

# The first is what the answers say
SAYINGS: dict[str, tuple[str, ...]] = {
    "move": ("move", "move", "move around", "move about", "go somewhere", "travel", "change its place"),
    "still": ("stay still", "stand still", "stay in place", "stay where it is", "rest", "remain still", "stay put"),
    "bounce": ("bounce", "bounce", "bounce around", "bounce off the wall", "bounce off the edge", "hit the wall", "bounce back"),
    "leave": ("leave", "leave the picture", "leave the screen", "leave the scene", "go out of [the ]frame", "go off screen", "exit", "exit the frame", "move out of the picture"),
    "spin": ("spin", "spin", "rotate", "rotate", "turn around", "spin around", "whirl", "revolve"),
    "grow": ("grow", "grow", "get bigger", "get larger", "become bigger", "become larger", "expand", "increase in size"),
    "shrink": ("shrink", "shrink", "get smaller", "become smaller", "decrease in size"),
    "turn": ("change colour", "change color", "change its colour", "change its color", "switch colour", "get another colour", "become a different colour", "turn another color"),
    "appear": ("appear", "appear", "show up", "pop up", "come in", "come into view", "turn up", "become visible", "emerge"),
    "vanish": ("disappear", "disappear", "vanish", "vanish", "go away", "get removed"),
    "flash": ("flash", "flash", "blink", "light up", "flicker", "flash up"),
}  # fmt: skip
ANSWERS = {what: sayings[0] for what, sayings in SAYINGS.items()}


def forms(saying: str) -> tuple[str, str, str, str]:
    """appear -> appear, appears, appearing, appeared; what follows the verb stays."""
    verb, _, rest = saying.partition(" ")
    if verb in _IRREGULAR:
        third, doing, past = _IRREGULAR[verb]
    elif verb.endswith("e"):
        third, doing, past = verb + "s", verb[:-1] + "ing", verb + "d"
    else:
        third, doing, past = verb + "s", verb + "ing", verb + "ed"
    rest = f" {rest}" if rest else ""
    return saying, third + rest, doing + rest, past + rest


_FORMS = {
    what: tuple(
        forms(s)
        for saying in sayings
        for s in (
            [saying.replace("[the ]", x) for x in ("", "the ")] if "[" in saying else [saying]
        )
    )
    for what, sayings in SAYINGS.items()
}


def saying(what: str, rng: Rng) -> tuple[str, str, str, str]:
    """One way of saying it: base, third person, -ing form, past."""
    return pick(rng, _FORMS[what])


def third(what: str) -> str:
    """appears, as the answers say it."""
    return forms(ANSWERS[what])[1]
