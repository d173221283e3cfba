"""Questions about everything but the clip, put together from parts: all of them are refused."""

# Templates are easier to read in one line
# ruff: noqa: E501

from demo.questions import vocabulary as words
from demo.questions.phrases import say
from demo.questions.turn import Rng, pick, plural

# What is said of him and her, of people, animals and things that are not there
_SOMEBODY = (
    "[what|where|when|why|how|who] [do|does|did|will|would|can|should] {w} {v}[ {o}| the {o}| a {o}|]",
    "[what|which {n}] [do|does|did|will|should] {w} {v}",
    "what {n} does [the {o}|{p}|{w}] have",
    "[how|why|when] {a} [is|was|are] [the {o}|{w}|{p}]",
    "why [is|are|was] [the {o}|{w}] [so |]{a}",
    "[is|are|was] [the {o}|{w}|{p}|{name}] {a}",
    "[does|do|did] [{w}|the {o}|{name}] [look|seem|feel|sound|get|appear to be] {a}",
    "[what|why|where|who] [is|are|was] [{w}|{name}] {g}[ the {o}| a {o}|]",
    "[is|are|was] [{w}|the {o}] {g}[ the {o2}| a {o2}| {o2}|]",
    "[he|she] [is|was|looks|seems] {a}[, right|, isn't he|, don't you think|]",
    "[is|was|does|did|can|will] [he|she] [{a}|{v} the {o}|{v} {a}|in the {o}|with {name}|{g}|{v}]",
    "[where|what|when|how|why|who] [is|was] [he|she][ {g}| now| going| doing| today|]",
    "[what|where] does [he|she] [do|want|go|live|look like|think|mean|say|move|wear]",
    "[does|did] [he|she] [move|leave|turn around|show up|stop|disappear|go left|come back|stay|jump|fall|change]",
    "[who|what] [{v}s|{v}ed|made|invented|owns|wrote|found|built|discovered|founded] [the {o}|{p}|the {n}|{e}]",
    "who [is|was] [the {o} of {p}|{name}|this {o}|that {o} with the {o2}|the {a} {o}]",
    "[who|what] [is|are] [{w}|{name}]",
    "[does|did|can|will] [the {o}|{name}|my {o}|a {o}] {v}[ the {o2}| over the {o2}| into the {o2}| on the {o2}| {a}|]",
    "when [does|did|will] [the {o}|{name}|my {o}] {v}[ the {o2}| into the {o2}|]",
    "[what|where|how] [does|did] [the {o}|{name}|this {o}] {v}[ the {o2}|]",
    "what is [the {o}|{name}|my {o}|the {a} {o}] {g}[ with|]",
    "whose {o} is [this|that|it|the {a} one]",
    "with [whom|what] [does|did] [{w}|the {o}] {v}",
)
# Facts of the world
_FACTS = (
    "[what is|what's|whats|tell me|explain] the {n} of [the {o}|{o}|a {o}|{p}|{name}]",
    "[what|how|who|where|why|when] [is|was] {e}",
    "what [does|do] {e} [mean|cost|look like|do]",
    "[what's|what is] [a|an] {o}[ for| made of|]",
    "[how|where] [do|can] I [get|make|use|find|buy|play|learn|see|avoid] {e}",
    "how [old|far|long|big|hot|deep|dangerous|expensive|fast|heavy|high|common] is [{e}|the {o}|a {o}|{name}]",
    "[do you like|do you know|have you seen|tell me about|explain|I like|what about|describe] {e}",
    "is {e} [{a}|real|a myth|in {p}]",
    "{e}",
    "[who|which {o}|what] [likes|caused|started|won|uses|has] {e}",
    "[what|which] is the {sup} {o} [in the world|in {p}|on earth|of all time|in history|ever]",
    "[what|which] {o} is the {sup}[ in the world| in {p}| ever|]",
    "who is the {sup} {o}[ of {p}| in the world| ever|]",
    "the {sup} {o} in {p}",
    "how many {os} [are there in|live in|does] {p}[ have|]",
    "how many {os} [does|do] [a {o2}|{name}|{w}] have",
    "how many {units} [are|is] [in a|a] {o}",
    "convert {number} {units} [to|into] {units2}",
    "[are|is] {os} {a}",
    "[do|can] {os} {v}[ {os2}|]",
    "why [do|don't|can't] {os} {v}",
    "[where|when] [do|did] {os} {v}",
    "what do {os} {v}",
    "[is|was] {p} [{a}|in {p2}|near {p2}|larger than {p2}|the capital]",
    "[where|what|how {a}] is {p}",
    "which {o} [comes|is] from {p}",
    "[when|where|why] [was|did] {name} [born|die|live|{v}]",
    "what [did|does] {name} {v}",
    "what is {t}[ about| good for|]",
    "[how does|why is|who invented|what is the point of|what causes|when did] {t}[ work| matter| begin|]",
    "[tell me about|explain|talk about|describe|summarise|teach me] {t}[| in simple words| briefly]",
    "[what do you think|what is your opinion|do you know anything] about {t}",
    "what [happened|changed] in {year}",
    "who [won|ruled|lost|died|was born] in {year}",
    "what [is|was] the {o} [in|of] {year}",
    "what does the word {o} mean",
    "what is the {lang} [word|translation|name] [for|of] {o}",
    "how do you [say|spell|pronounce] {o} in {lang}",
    "[is|are] there [a {o}|any {os}|{os}] [in {p}|in the street|on the {o2}|under the {o2}|in there|here|next to {name}]",
)
_SUPERLATIVES = (
    "biggest", "largest", "smallest", "fastest", "slowest", "highest", "lowest", "longest", "oldest", "youngest",
    "best", "worst", "richest", "first", "last", "most famous", "most expensive", "deepest", "strongest", "hottest",
    "brightest", "nearest", "most beautiful", "heaviest", "most common", "greatest", "leftmost",
)  # fmt: skip
# What people want of an assistant
_REQUESTS = (
    "[can|could|will|would|should] [you|I|we] {v} [the {o}|a {o}|{o}|me a {o}|my {o}]",
    "[tell|teach|show|give|send|bring|sell|read] me [a story about|a fact about|everything about|news about|a picture of|a poem about|the {n} of] [the {o}|{o}|{p}|{name}]",
    "[tell|give|teach|sing|write] me [a joke|a riddle|a secret|a lie|a poem|a song|a story|a quote|a rumour|an idea|a tip|some advice|a trick|your opinion|your {n}]",
    "[surprise|amuse|entertain|inspire|help|impress|motivate|comfort|marry|follow|teach|call|trust|forgive] me",
    "[say|tell me] something [about {t}|about {name}|in {lang}|about yourself you hate|that rhymes|about the {o}]",
    "[write|draft|compose|make|prepare|create] [a|me a|an] [letter|email|essay|speech|text|song|report|story|shopping list|timetable|{o}] [about|for|to] [{t}|my {o}|the {o}|{name}]",
    "[write|fix|debug|explain|run|improve|test] [a function that {v}s {os}|this code|my script|the {o} class|a loop in {code}|some {code}|a regex for {os}]",
    "[draw|paint|print|sketch|design|build|bake|cook|order|buy|find|sell|bring me] [a|me a|the|my] {o}",
    "[{v}|please {v}] [the|a|my|this|your] {o}",
    "[translate|spell|pronounce|define|google|look up] [{o}|{e}|the word {o}][ in {lang}| into {lang}| for me|]",
    "[remind me to|help me|I want to|I would like to|let's|don't] {v} [the {o}|a {o}|my {o}|{name}]",
    "[call|email|text|phone|find|greet] [{name}|my {o}|the {o}]",
    "[turn on|turn off|switch on|switch off|open|close|start|stop|lock] the {o}",
    "[recommend|suggest] [a|me a|some] [{o}|book|diet|present|restaurant in {p}|name for my {o}]",
    "[should I|how do I|how can I|can I|is it ok to|why can't I] [{v} my {o}|{v} a {o}|{v} {name}|get a {o}|move to {p}|leave my {o}|change my {o}|turn off my {o}|cross the {o}|grow {os}|count {os}|spot a {o}|get rid of {os}|become a {o}]",
    "what should I {v}[ today| tomorrow| for the {o}| first|]",
    "what is the [best|easiest|cheapest|right] way to [{v} a {o}|get to {p}|{v}|learn {lang}]",
    "which is better[,|:] [a {o} or a {o2}|{p} or {p2}|{name} or {name2}]",
    "do you prefer {os} or {os2}",
    "[a |the |]{o} or [a |the |]{o2}",
    "[what|who] would win[,|:] a {o} or a {o2}",
    "[am I|are we|will I be] {a}",
    "I [like|want|need|hate|lost|bought|am|feel|have] [the {o}|a {o}|my {o}|{a}|so {a}|{name}]",
    "[my|the|your|his|her] {o} is {a}",
    "[are|were] you [{a}|a {o}|in {p}|{g}|from {p}]",
    "do you [{v}|like|have|want|need|know|feel] [the {o}|a {o}|{o}|{p}|{a}|{name}]",
    "[what|where|when|how|why] do you [{v}|live|feel|exist|eat|work]",
    "what is your [{n}|favourite {o}|favourite food|favourite book|plan for today]",
    "[who|what] is your [{o}|boss|father|best friend|favourite {o}]",
)
# Numbers, and the hour
_SUMS = (
    "[what is|what's|how much is|calculate|compute|] {number} [plus|minus|times|and|x|*|+|-|/|over] {number2}",
    "[add|subtract|multiply|divide|sum] {number} [and|by|from|with] {number2}",
    "[what is|what's|] [half|twice|double|a third|the square|the cube|the logarithm|the factorial] of {number}",
    "is {number} [a prime|even|odd|divisible by {number2}|bigger than {number2}]",
    "[solve|what is x in] {number}x [+|-] {number2} = 0",
    "round {number}.{number2} [up|down|to one digit]",
    "{number} {units} in {units2}",
    "what [time|day|date|month|season|century|weekday] is [it|today]",
    "is it [monday|sunday|weekend|winter|morning|evening|raining|cold outside|sunny|hot there|too late|your birthday|lunch time]",
    "how [long|many {units}] [until|since|till] [christmas|my birthday|the {o}|{year}|tomorrow]",
    "will [it|there] [rain|be {a}|be sunny|be a {o}|freeze] [tomorrow|today|in {p}|next week]",
)
# The file, its makers, its sound, its text
_AROUND = (
    "who [filmed|edited|uploaded|recorded|produced|directed|watches|likes|sent|drew|rendered] [it|this|<this>]",
    "[which|what] [camera|lens|program|software|codec|phone|computer|artist] [was used|made this|drew this|filmed it]",
    "[how many|what number of] [seconds|minutes|frames|pixels|megabytes|views|likes|cuts|people] [does <this> have|are there in <this>|is <this>|has it got]",
    "[what's|what is|whats] the [resolution|frame rate|file size|title|author|name|licence|format|url|rating|bitrate|aspect ratio] of <this>",
    "[how long|how old|how big|how good|how popular] is <this>",
    "[when|where|why] was <this> [made|filmed|recorded|shot|uploaded|published]",
    "[play|stop|pause|rewind|download|delete|share|rotate|cut|mute|save|send me|slow down|speed up] <this>",
    "is <this> [{a}|a comedy|a cartoon|a documentary|copyrighted|about a {o}|on youtube|in {lang}|worth watching|for children]",
    "[did|do] you [like|enjoy|hate|make|film] <this>",
    "[is there|do you hear|can you hear|are there] [any sound|a voice|a noise|talking|speech|music|any voices|a melody|a {o}|an explosion|applause|someone speaking]",
    "[what|which] [sound|noise|voice|music|melody|instrument|language|song] [is it|is that|is playing|can you hear|do you hear|plays|is spoken]",
    "what [does|did] the [voice|narrator|speaker|subtitle|caption|headline|title|label|poster|{o}] say",
    "[is|was] [it|the music|the sound|the voice|<this>] [loud|quiet|too loud|in tune|silent|a man's|a woman's]",
    "[is there|are there|do you see|can you read] [any text|any writing|letters|words|a title|a caption|a logo|subtitles|a number plate]",
    "[what|which] [word|text|name|number|letter|logo|date] is [on the {o}|on it|written there|printed on the {o}|in the title]",
    "read [it|the {o}|the title|the caption|the letters] [aloud|to me|out|]",
    "what [does|did] [it|this|that] [smell|taste|sound|feel] like",
    "[what|how much] does [it|this|that] [cost|weigh|eat|mean|want|think|say]",
    "is it [{a}|a {o}|{name}|your {o}|made of {o}]",
    "[does|did|can|will] it {v}[ the {o}| a {o}| {os}|]",
)
# What is typed by accident, or in passing
_BITS = (
    "{o}", "{e}", "{name}", "{p}", "{v}", "{t}", "{o} {o2}", "{a} {o}", "{os}",
    "the {o} is [on|in|under|behind|near] the {o2}", "[and|but|or] the {o}", "[what|how] about [the {o}|{p}|{name}|{e}]",
    "where [is|are|was] [the {o}|{w}|{p}|my {o}|{name}]", "when [is|was|will be] [the {o}|the {n}|{e}]",
    "what kind of {o} [is it|is this|is that|do you have|does {w} {v}]", "what {o} [is it|is this|was that]",
    "what [is|does] [on|in|under|behind|near|inside] the {o}", "{word} {word2}", "{word}", "{word} {word2} {o}",
    "what is {word}", "wo ist {o}", "was ist das", "wie viele {os} gibt es", "que es esto",
    "combien de {os}", "ou est {name}", "wer ist {name}", "print {word}", "sudo {v} {o}", "import {o}", "{v}({o})",
    "select {o} from {os}", "http {word} {word2} com",
)  # fmt: skip
_CODE = ("python", "java", "javascript", "c++", "html", "sql", "rust", "swift", "bash", "excel")
_GROUPS = (
    _SOMEBODY,
    _SOMEBODY,
    _SOMEBODY,
    _FACTS,
    _FACTS,
    _FACTS,
    _REQUESTS,
    _REQUESTS,
    _AROUND,
    _SUMS,
    _BITS,
)
_SYLLABLES = (
    "ba", "ke", "lo", "mi", "nu", "ra", "se", "to", "vi", "wa", "zu", "fe", "gi", "ho", "ja", "ku", "le", "mo", "ni",
    "pa", "ri", "sa", "te", "um", "or", "in", "an", "el", "ar", "st", "tr", "ch", "sh", "ing", "er", "tion",
)  # fmt: skip


def nonsense(rng: Rng) -> str:
    """A word that means nothing, for those that nobody listed."""
    return "".join(pick(rng, _SYLLABLES) for _ in range(int(rng.integers(2, 4))))


def noun(rng: Rng) -> str:
    """Something that is no shape."""
    return pick(rng, words.NOUNS).replace("-", " ") if rng.random() < 0.93 else nonsense(rng)


def _ing(verb: str) -> str:
    first, _, rest = verb.partition(" ")
    first = first[:-1] if first.endswith("e") else first
    return f"{first}ing {rest}".strip()


def question(rng: Rng) -> str:
    """A random one, without a question mark."""
    verb, thing, other = pick(rng, words.VERBS), noun(rng), noun(rng)

    def named(listed: tuple[str, ...]) -> str:
        return pick(rng, listed) if rng.random() < 0.9 else nonsense(rng).capitalize()

    return say(
        rng, pick(rng, _GROUPS), n=pick(rng, words.QUALITIES).replace("-", " "),
        o=thing, o2=other, os=plural(thing), os2=plural(other), v=verb, g=_ing(verb),
        a=pick(rng, words.ADJECTIVES), w=pick(rng, words.WHO), p=named(words.PLACES), p2=named(words.PLACES),
        name=named(words.NAMES), name2=named(words.NAMES), e=pick(rng, words.ELSEWHERE),
        t=pick(rng, words.TOPICS), lang=pick(rng, words.LANGUAGES), code=pick(rng, _CODE),
        units=pick(rng, words.UNITS), units2=pick(rng, words.UNITS), sup=pick(rng, _SUPERLATIVES),
        number=str(int(rng.integers(2, 100))), number2=str(int(rng.integers(2, 100))),
        year=str(int(rng.integers(1500, 2030))), word=nonsense(rng), word2=nonsense(rng),
    )  # fmt: skip


# --- the model's own words, in questions that it cannot answer

_OF_SHAPES = (
    "[is|was] {k} {a}",
    "[does|did] {k} [look|seem|feel|sound] {a}",
    "[what|why|where|how] does {k} {v}",
    "[does|did|can|will|should] {k} {v}[ the {o}| a {o}| {os}|]",
    "[is|was] {k} {g}[ the {o}| a {o}|]",
    "why [does|did] {k} [{move}|{v}]",
    "why is {k} [{c}|{a}|there|so big|so small|{g}]",
    "how {a} is {k}",
    "how much does {k} [weigh|cost|eat|earn]",
    "who [made|drew|owns|painted|chose|moves|{v}s] {k}",
    "[what is|what's] [{k}'s {n}|the {n} of {k}]",
    "what is {k} [made of|thinking|for|called|worth|{g}|wearing|holding|saying]",
    "[where|when] was {k} [made|born|bought|invented]",
    "what does {k} [mean|want|symbolise|represent|say|eat|think|taste like|smell like|wear|hold]",
    "[does|can] {k} [make a noise|hear me|talk|think|feel pain|eat|make a sound]",
    "[do you like|do you love|do you hate|can you draw|can you print|sell me|buy|draw|erase|paint|stop|push|kick|catch] {k}",
    "is {k} [{name}|your {o}|in {p}|made of {o}|holding a {o}|wearing a {o}|from {p}|bigger than a {o}|like a {o}]",
    "how many {units} is {k} [wide|high|away|long|from the edge]",
    "how many {units} [per hour|a second] does {k} [move|go|travel]",
    "for how many {units} is {k} [visible|there|shown]",
    "what would happen if {k} [{v}ed|was a {o}|hit the {o}]",
    "[tell|sing|write] me a [story|song|poem|joke] about {k}",
    "what is the [area|circumference|diameter|formula|definition|symbolism|meaning|history] of a {kind}",
    "[how do I|how do you|can you teach me to] [draw|make|cut out|sew|paint] a {kind}",
    "[who invented|what is special about|why do people like|where does the word come from:|what do you call a {c}] the {kind}",
    "[translate|spell|pronounce|define] [{kind}|{c}|left|right|circle|shape][ in {lang}| into {lang}|]",
    "what rhymes with [{c}|{kind}|shape|blue]",
    "what is your favourite [{c} thing|colour|shape|{kind}|kind of {kind}]",
    "what does the colour {c} [mean|stand for|symbolise]",
    "[is|are] [{kind}s|{c} things|{c} {os}] [{a}|lucky|in fashion|good for you]",
    "what is the opposite of [{c}|left|up|big|fast|moving|the start]",
    "[how|why|where] [do|can] I [get|buy|find|wear|draw] a [{c}|{kind}] {o}",
    "how many {kind}s are [in the sky|on the flag of {p}|in the universe|on your {o}|in {p}|in a pack of cards|in my {o}]",
    "which {kind} is [nearest to {p}|the best {o}|in {p}|made of {o}|{a}]",
    "[mix|what do you get if you mix] {c} and {c2}",
    "[make|paint|turn|change|move] {k} [{c}|{a}|to {p}|into a {o}|please]",
)
_MOVE = (
    "move", "bounce", "disappear", "flash", "spin", "grow", "shrink", "change colour", "leave", "appear", "stay still",
    "move left", "turn around",
)  # fmt: skip


def of_shapes(rng: Rng, shape: str, kind: str, colour: str, other: str) -> str:
    """A question about a shape that has no answer in the picture.

    Parameters
    ----------
    shape: what it is called: "the red circle", "it".
    kind, colour, other: words for a kind and two colours, any.
    """
    verb, thing = pick(rng, words.VERBS), noun(rng)
    return say(
        rng, _OF_SHAPES, k=shape, kind=kind, c=colour, c2=other, v=verb, g=_ing(verb), o=thing,
        os=plural(thing), a=pick(rng, words.ADJECTIVES), n=pick(rng, words.QUALITIES).replace("-", " "),
        name=pick(rng, words.NAMES), p=pick(rng, words.PLACES), lang=pick(rng, words.LANGUAGES),
        units=pick(rng, words.UNITS), move=pick(rng, _MOVE),
    )  # fmt: skip


def something(rng: Rng, colour: str) -> str:
    """Somebody or something that is no shape, as a question would name it."""
    thing, other, a = noun(rng), noun(rng), pick(rng, words.ADJECTIVES)
    return say(
        rng, (
            "the {o}", "the {o}", "the {o}", "this {o}", "the {a} {o}", "my {o}", "his {o}", "her {o}", "your {o}",
            "the {c} {o}", "the {c} {o}", "{name}", "{name}'s {o}", "the {o} [in|with|on|behind|near|and] the {o2}",
            "he", "she", "he", "she", "the {o} of {p}", "a {o}", "somebody",
        ),
        o=thing, o2=other, a=a, c=colour, name=pick(rng, words.NAMES), p=pick(rng, words.PLACES),
    )  # fmt: skip


def kind_of_thing(rng: Rng, colour: str) -> str:
    """A noun for "is there a …", with or without what it is like."""
    thing = noun(rng)
    chance = rng.random()
    if chance < 0.2:
        return f"{colour} {thing}"
    return f"{pick(rng, words.ADJECTIVES)} {thing}" if chance < 0.3 else thing
