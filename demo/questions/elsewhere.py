"""Questions about everything but the clip, put together from parts: all of them are refused."""

# Templates are easier to read in one line
# ruff: noqa: E501

from demo import refusals
from demo.questions.phrases import say
from demo.questions.turn import Rng, pick

_NOUNS = (
    "price", "population", "history", "meaning", "recipe", "age", "height", "owner", "author", "winner",
    "reason", "purpose", "weight", "taste", "smell", "sound", "mood", "job", "address", "title", "job",
    "language", "religion", "climate", "currency", "ending", "plan", "opinion", "answer to life",
    "secret", "score", "law", "cure", "inventor", "king", "flag", "anthem", "length", "brand", "cause",
)  # fmt: skip
_THINGS = (
    "sun", "rain", "bread", "war", "school", "kitchen", "garden", "letter", "newspaper", "film", "song",
    "bridge", "mountain", "lake", "ocean", "forest", "hospital", "doctor", "lawyer", "farmer", "nurse",
    "soldier", "uncle", "aunt", "neighbour", "brother", "sister", "family", "wedding", "party", "match",
    "shirt", "shoe", "hat", "coat", "bag", "cup", "plate", "knife", "window", "wall", "roof", "street",
    "shop", "market", "money", "bank", "computer", "program", "internet", "radio", "camera", "printer",
    "engine", "tyre", "bicycle", "lorry", "airport", "station", "ticket", "hotel", "beach", "island",
    "elephant", "tiger", "rabbit", "snake", "spider", "bee", "tomato", "onion", "cheese", "butter", "milk",
    "coffee", "sugar", "salt", "medicine", "virus", "atom", "planet", "rocket", "robot", "church", "temple",
)  # fmt: skip
_VERBS = (
    "eat", "read", "hold", "wear", "say", "think", "drink", "buy", "build", "cook", "drive", "love", "learn",
    "watch", "write", "open", "hear", "carry", "cut", "win", "believe", "sell", "pay", "fix", "throw", "catch",
    "kick", "push", "pull", "wash", "clean", "paint", "draw", "sing", "dance", "sleep", "wake up", "work",
    "study", "travel to", "visit", "marry", "fight", "help", "call", "answer", "cry", "laugh", "wait for",
    "look for", "point at", "sit on", "stand on", "talk to", "listen to", "pour", "bake", "plant", "feed",
)  # fmt: skip
_FEELINGS = (
    "sad", "tired", "old", "young", "angry", "beautiful", "expensive", "hungry", "famous", "dangerous",
    "delicious", "healthy", "wet", "cold", "warm", "rich", "poor", "alive", "dead", "married", "human",
    "clever", "stupid", "bored", "ill", "sick", "afraid", "lonely", "busy", "late", "strong", "weak",
    "friendly", "nice", "funny", "clean", "dirty", "broken", "empty", "full", "free", "legal", "safe",
)  # fmt: skip
_WHO = (
    "he", "she", "they", "somebody", "anyone", "people", "you", "I", "we", "the people", "everybody",
    "my friend", "his wife", "her father", "the girl", "this guy", "the men", "these people", "the kids",
)  # fmt: skip

_FORMS = (
    "[what|where|when|why|how|who] [do|does|did|will|would|can|should] {w} {v}[ {o}| the {o}| a {o}|]",
    "[what|which {n}] [do|does|did|will|should] {w} {v}",
    "[what is|what's|whats|tell me|explain] the {n} of [the {o}|{o}|a {o}|{p}]",
    "what {n} does [the {o}|{p}|{w}] have",
    "[how|why|when] {a} [is|was|are] [the {o}|{w}|{p}]",
    "why [is|are|was] [the {o}|{w}] [so |]{a}",
    "[is|are|was] [the {o}|{w}|{p}] {a}",
    "[does|do|did] [{w}|the {o}] [look|seem|feel|sound|get] {a}",
    "[what|why|where|who] [is|are] {w} {g}[ the {o}| a {o}|]",
    "[is|are] {w} {g}[ the {o}| a {o}| {o}|]",
    "[can|could|will|should] [you|I|we] {v} [the {o}|a {o}|{o}|me a {o}]",
    "[tell|teach|show|give] me [something about|a story about|a fact about|everything about|news about|a picture of] [the {o}|{o}|{p}]",
    "[{v}|please {v}] [the|a|my|this] {o}",
    "[are|were] you {a}",
    "do you [{v}|like|have|want|need|know] [the {o}|a {o}|{o}|{p}]",
    "[who|what] [{v}s|made|invented|owns|wrote|found] [the {o}|{p}|the {n}]",
    "[how|what] about [the {o}|{p}]",
    "[how many|how much] [{o}s|{o}] [do|does|did] {w} {v}",
    "what [kind|sort|type] of {o} [is it|is this|is that|do you have|does {w} {v}]",
    "what [does|is] [on|in|under|behind|near|inside] the {o}",
    "what is [on|in|under|near|inside|next to] the {o}",
    "where [is|are|was] [the {o}|{w}|{p}|my {o}]",
    "when [is|was|will be] [the {o}|the {n}]",
    "[is|are] there [a {o}|any {o}s|{o}s] [in {p}|in the street|in there|here|]",
    "the {o} is {a}",
    "{o}",
    "I [like|want|need|hate|lost|bought] [the|a|my] {o}",
)


def _ing(verb: str) -> str:
    first, _, rest = verb.partition(" ")
    first = first[:-1] if first.endswith("e") else first
    return f"{first}ing {rest}".strip()


def question(rng: Rng) -> str:
    """A random one, without a question mark."""
    verb = pick(rng, _VERBS)
    thing = pick(rng, _THINGS) if rng.random() < 0.6 else refusals.thing(rng)
    return say(
        rng, _FORMS, n=pick(rng, _NOUNS), o=thing, v=verb, g=_ing(verb), a=pick(rng, _FEELINGS),
        w=pick(rng, _WHO), p=refusals.place(rng),
    )  # fmt: skip
