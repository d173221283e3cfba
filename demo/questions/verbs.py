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
    "slide": ("slides", "sliding", "slid"),
    "keep": ("keeps", "keeping", "kept"),
    "hold": ("holds", "holding", "held"),
    "sit": ("sits", "sitting", "sat"),
    "diminish": ("diminishes", "diminishing", "diminished"),
    "swap": ("swaps", "swapping", "swapped"),
    "take": ("takes", "taking", "took"),
    "lose": ("loses", "losing", "lost"),
    "is": ("is", "being", "was"),
}

# The first is what the answers say
SAYINGS: dict[str, tuple[str, ...]] = {
    "move": ("move", "move", "move around", "move about", "go somewhere", "travel", "change its place", "shift", "drift", "slide along", "wander around", "move anywhere", "move at all"),
    "still": ("stay still", "stand still", "stay in place", "stay where it is", "rest", "remain still", "stay put", "keep still", "hold still", "sit still", "remain in place", "stay in one place", "remain where it is", "stand in one place"),
    "bounce": ("bounce", "bounce", "bounce around", "bounce off the wall", "bounce off the edge", "hit the wall", "bounce back", "rebound", "bounce against the wall", "bounce off the sides", "bounce off the border", "ricochet"),
    "leave": ("leave", "leave the picture", "leave the screen", "leave the scene", "go out of [the ]frame", "go off screen", "exit", "exit the frame", "move out of the picture", "leave the frame", "leave the image", "move off screen", "slide out of view", "exit the screen", "go out of view", "drift off the screen", "move out of sight"),
    "spin": ("spin", "spin", "rotate", "rotate", "turn around", "spin around", "whirl", "revolve", "twirl", "go round", "turn round", "rotate on the spot", "turn on its axis"),
    "grow": ("grow", "grow", "get bigger", "get larger", "become bigger", "become larger", "expand", "increase in size", "swell", "grow larger", "grow bigger", "gain size"),
    "shrink": ("shrink", "shrink", "get smaller", "become smaller", "decrease in size", "get tinier", "diminish", "lose size", "grow smaller", "become tiny"),
    "turn": ("change colour", "change color", "change its colour", "change its color", "switch colour", "get another colour", "become a different colour", "turn another color", "turn a different colour", "swap its colour", "alter its colour", "take on another colour", "change colours", "change to another colour"),
    "appear": ("appear", "appear", "show up", "pop up", "come in", "come into view", "turn up", "become visible", "emerge", "come up", "enter", "enter the picture", "arrive", "come on screen", "come into the picture"),
    "vanish": ("disappear", "disappear", "vanish", "vanish", "go away", "get removed", "cease to be visible", "vanish completely", "disappear completely", "disappear without moving"),
    "flash": ("flash", "flash", "blink", "light up", "flicker", "flash up", "blink on and off", "flash on and off", "flash briefly", "twinkle"),
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
