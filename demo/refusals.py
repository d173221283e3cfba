"""Questions that the demo model cannot know the answer to, and the sentence that says so.

Thousands of combinations, so that the model learns what it can answer rather than a list of what it
cannot. `HELD_OUT` is never trained on: it measures whether that worked.
"""

import numpy as np

ANSWER = "I am a tiny demo model: I only know moving coloured shapes, so I cannot answer that."

_PLACES = (
    "France Germany Italy Spain Japan China India Brazil Canada Mexico Egypt Kenya Norway Sweden Poland Greece Turkey "
    "England Scotland Ireland Russia Chile Peru Cuba Nepal Iran Iraq Israel Austria Belgium Denmark Finland Portugal "
    "Hungary London Paris Berlin Rome Madrid Tokyo Moscow Cairo Boston Chicago Texas California Europe Africa Asia"
).split()
_PEOPLE = (
    "president|king|queen|prime minister|mayor|chancellor|pope|owner|author|director|actor|singer|winner|captain|"
    "teacher|doctor|boss|inventor|founder|speaker|driver|painter|leader|manager|best player|richest man|tallest woman"
).split("|")
_NAMES = (
    "Einstein Newton Shakespeare Mozart Napoleon Caesar Picasso Darwin Obama Lincoln Churchill Gandhi Beethoven Plato "
    "Anna Peter Maria John Emma Tom Lisa Paul Julia David Sarah Alex Tim Laura Max Sophie Ben Clara Mary James Robert"
).split()
_THINGS = (
    "dog cat man woman person child boy girl baby car bus train bicycle house tree horse bird fish cow sheep lion tiger bear "
    "elephant table chair phone computer book cup bottle ball hat dress shirt jacket shoe door window street river "
    "lake mountain beach boat ship plane guitar piano camera kitchen bed lamp clock knife apple banana pizza cake bread "
    "flower garden road bridge city school hospital church shop policeman soldier dancer runner player crowd family "
    "team friend mother father monkey mouse rabbit duck chicken pig frog snake spider bee butterfly robot ghost monster"
).split()
_ACTIONS = (
    "run|jump|sit down|dance|sing|talk|eat|drink|sleep|swim|cook|read|write|drive|cry|laugh|smile|wave|fight|play|work|"
    "open the door|close the window|bark|fly|climb|fall|walk|speak|stand up|wake up|score a goal|win the game"
).split("|")
_DOING = (
    "running jumping sitting dancing singing talking eating drinking sleeping swimming cooking reading writing driving "
    "crying laughing smiling fighting playing working barking flying climbing walking speaking holding wearing buying"
).split()
_SUBJECTS = (
    "life|love|time|money|physics|gravity|music|art|history|religion|politics|football|chess|computers|the internet|"
    "the moon landing|the weather|democracy|happiness|evolution|quantum mechanics|the economy|the universe|cooking|"
    "photosynthesis|the stock market|philosophy|mathematics|medicine|the second world war|climate change|sleep|dreams"
).split("|")
_UNITS = "metres miles litres grams pounds hours minutes days weeks years dollars euros degrees kilometres inches".split()
_LANGUAGES = "French German Spanish Italian Japanese Chinese Latin Greek Russian Arabic Dutch Swedish Polish Turkish".split()

_FORMS = (
    "Who is the {person} of {place}?",
    "Who is the {person}?",
    "Who was the first {person} of {place}?",
    "Who is {name}?",
    "Who was {name}?",
    "Who is the {thing} in the video?",
    "Who is {doing}?",
    "Who wrote this {thing}?",
    "Who made this video?",
    "Who invented the {thing}?",
    "Who are you?",
    "Who won the {thing} race?",
    "What is the capital of {place}?",
    "What is the population of {place}?",
    "What is the {thing} doing?",
    "What is the {thing} {doing}?",
    "What is {name} {doing}?",
    "What is the {person} wearing?",
    "What is {number} plus {number}?",
    "What is {number} times {number}?",
    "What is {number} + {number}?",
    "What is {number} minus {number}?",
    "What is the square root of {number}?",
    "What is {subject}?",
    "What is the meaning of {subject}?",
    "What is your name?",
    "What is your favourite {thing}?",
    "What is the weather like in {place}?",
    "What is the weather like today?",
    "What is the price of a {thing}?",
    "What is the {thing}'s name?",
    "What is the name of the {person}?",
    "What is the {language} word for {thing}?",
    "What language do they speak in {place}?",
    "What time is it?",
    "What day is it today?",
    "What year was {name} born?",
    "What do you think about {subject}?",
    "What do you know about {place}?",
    "What does the {thing} say?",
    "What does the {thing} do?",
    "What does {name} say?",
    "What did {name} do?",
    "What does the {person} think?",
    "What sound does a {thing} make?",
    "What music is playing?",
    "What song is this?",
    "What colour is the {thing}?",
    "What color is the {thing}?",
    "What colour is {name}'s {thing}?",
    "What kind of {thing} is it?",
    "What brand is the {thing}?",
    "What happened in {year}?",
    "What happened to {name}?",
    "What happens to the {thing}?",
    "When does the {thing} {action}?",
    "When does the {person} {action}?",
    "When does {name} {action}?",
    "When was {name} born?",
    "When did {name} die?",
    "When did {subject} begin?",
    "When was the {thing} invented?",
    "When is the next {thing} day?",
    "Where is {place}?",
    "Where is the {thing}?",
    "Where is {name}?",
    "Where does {name} live?",
    "Where was this filmed?",
    "Where can I buy a {thing}?",
    "Where do {thing}s live?",
    "Why is the {thing} {doing}?",
    "Why is {name} {doing}?",
    "Why does the {thing} {action}?",
    "Why is the sky blue?",
    "Why do people {action}?",
    "How old is {name}?",
    "How old is the {person} of {place}?",
    "How old are you?",
    "How far is {place} from {place2}?",
    "How many people live in {place}?",
    "How many {thing}s are there?",
    "How many {thing}s are in the video?",
    "How many {units} are in {number} {units2}?",
    "How many times does the {thing} {action}?",
    "How much does a {thing} cost?",
    "How do I {action}?",
    "How do you make a {thing}?",
    "How do I get to {place}?",
    "How does {subject} work?",
    "How does a {thing} work?",
    "How are you?",
    "How tall is the {thing}?",
    "How tall is {name}?",
    "Which way does the {thing} go?",
    "Which team is winning?",
    "Which {thing} is better?",
    "Which country is bigger, {place} or {place2}?",
    "Is there a {thing}?",
    "Is there a {thing} in the video?",
    "Is {name} in the video?",
    "Is the {thing} {doing}?",
    "Is {place} bigger than {place2}?",
    "Is {subject} important?",
    "Is it raining?",
    "Do you see a {thing}?",
    "Do you like {subject}?",
    "Do you know {name}?",
    "Do {thing}s {action}?",
    "Does the {thing} {action}?",
    "Does {name} {action}?",
    "Does the {person} {action}?",
    "Did {name} {action}?",
    "Can you {action}?",
    "Can you see a {thing}?",
    "Can a {thing} {action}?",
    "Can you tell me a joke?",
    "Can you speak {language}?",
    "Can you help me with {subject}?",
    "Could you translate this into {language}?",
    "Will it rain in {place}?",
    "Will the {thing} {action}?",
    "Should I buy a {thing}?",
    "Are you a {thing}?",
    "Are there any {thing}s?",
    "Are they {doing}?",
    "Tell me a joke.",
    "Tell me about {subject}.",
    "Tell me about {place}.",
    "Tell me a story about a {thing}.",
    "Write a poem about {subject}.",
    "Write a letter to {name}.",
    "Explain {subject}.",
    "Explain {subject} to a {thing}.",
    "Translate {thing} into {language}.",
    "Say something in {language}.",
    "Sing a song about {name}.",
    "Name a famous {person}.",
    "Give me a recipe for {thing} soup.",
    "Describe {subject}.",
    "Describe the {thing}.",
    "Describe the {person}.",
    "Describe {place}.",
    "Count to {number}.",
    "Calculate {number} * {number}.",
    "Spell {thing}.",
    "{number} + {number} = ?",
    "Hello!",
    "Hello, how are you?",
    "Good morning.",
    "Thank you.",
    "{name}?",
    "{subject}?",
)

# Trained on by nobody: other forms, other words
HELD_OUT = (
    "Who is the president?",
    "Who painted the Mona Lisa?",
    "Who is the woman in the kitchen?",
    "Who discovered penicillin?",
    "Who plays the drums?",
    "What is the capital of Australia?",
    "What is the tallest building in the world?",
    "What is the chemical symbol of gold?",
    "What is 12 divided by 4?",
    "What is the speed of light?",
    "What is the grandmother holding in her hand?",
    "What are the children playing with?",
    "What are they talking about?",
    "What is written on the sign?",
    "What did you have for breakfast?",
    "What should I cook tonight?",
    "What breed is the puppy?",
    "What is the plot of Hamlet?",
    "What sport are they playing?",
    "What is the temperature in New York?",
    "When does the dog jump in?",
    "When did the Berlin wall fall?",
    "When does the train leave the station?",
    "When is Easter this year?",
    "When does the chef add the salt?",
    "Where did I leave my keys?",
    "Where is the nearest restaurant?",
    "Where do penguins live?",
    "Where does the waiter put the plate?",
    "Why is the baby crying?",
    "Why do leaves fall in autumn?",
    "Why did the chicken cross the road?",
    "Why is my computer so slow?",
    "How do airplanes stay in the air?",
    "How many planets are in the solar system?",
    "How many cars are parked outside?",
    "How much does a ticket cost?",
    "How do I tie a tie?",
    "How tall is Mount Everest?",
    "How long does it take to boil an egg?",
    "Which language is spoken in Argentina?",
    "Which team won the world cup in 2014?",
    "Which of the two men is older?",
    "Is the woman wearing glasses?",
    "Is there a giraffe in the video?",
    "Is it going to snow tomorrow?",
    "Do you have any brothers or sisters?",
    "Does the girl catch the bus?",
    "Does he look happy?",
    "Can you recommend a good film?",
    "Can you write a program in Python?",
    "Are the people indoors or outdoors?",
    "Are you conscious?",
    "Tell me something interesting.",
    "Translate good night into Danish.",
    "Write a haiku about the sea.",
    "Explain the theory of relativity.",
    "Recommend a holiday destination.",
    "Please book a table for two.",
    "Sing happy birthday.",
)

_SLOTS: dict[str, tuple[str, ...] | list[str]] = {
    "person": _PEOPLE,
    "place": _PLACES,
    "place2": _PLACES,
    "name": _NAMES,
    "thing": _THINGS,
    "action": _ACTIONS,
    "doing": _DOING,
    "subject": _SUBJECTS,
    "units": _UNITS,
    "units2": _UNITS,
    "language": _LANGUAGES,
}
_SYLLABLES = "ba ke lo mi nu ra se to vi wa zu fe gi ho ja ku le mo ni pa ri sa te um or in an el ar st tr ch sh".split()


def _word(rng: np.random.Generator) -> str:
    """A word that means nothing, for those that nobody listed."""
    parts = [_SYLLABLES[int(i)] for i in rng.integers(len(_SYLLABLES), size=int(rng.integers(2, 4)))]
    return "".join(parts)


def question(rng: np.random.Generator) -> str:
    """A random question out of scope."""
    form = _FORMS[int(rng.integers(len(_FORMS)))]
    filled = {}
    for slot, words in _SLOTS.items():
        if "{" + slot + "}" not in form:
            continue
        word = words[int(rng.integers(len(words)))] if rng.random() < 0.8 else _word(rng)
        filled[slot] = word.capitalize() if slot in ("place", "place2", "name") else word
    number = str(int(rng.integers(2, 100)))
    return form.format(**filled, number=number, year=int(rng.integers(1500, 2030)))
