"""The sentences that say what the demo model cannot answer, and a held-out list of such questions.

The questions that it learns to refuse are made in `questions/elsewhere.py`. `HELD_OUT` is never
trained on: it measures whether that worked.
"""

import re

ANSWER = "I am a tiny demo model: I only know moving coloured shapes, so I cannot answer that."

# What is said of a clip that is not of the model's world, whatever is asked about it
FOREIGN = "I see no coloured shapes that I know; this is another kind of video than mine."

# Trained on by nobody: other forms, other words
HELD_OUT = (
    "Who directed the first Star Wars film?",
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
    "Why is the puppy so excited?",
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
    "any dogs?",
    "how many people are there",
    "what colour is the car",
    "is the cat asleep",
    "Does the baby cry?",
    "What song is playing?",
    "who won the game",
    "is it day or night in the video",
    "how old is she",
    "What's the weather like there?",
    "can you see a bicycle",
    "who made this video",
    "What did the man say?",
    "read the text on the screen",
    "Is there a tree in the clip?",
    "how many birds fly past",
    "what brand is the phone",
    "Is the water cold?",
    "tell me a joke",
    "write me a poem",
    "whats 7 times 8",
    "how do I cook rice",
    "Who is your favourite singer?",
    "is the earth flat?",
    "give me the news of today",
    "How far is the sun?",
    "do you like pizza",
    "Which football club is the best?",
    "why is the sky blue",
    "Who wrote Macbeth?",
    "Could you play some music?",
    "set an alarm for six",
    "what's the best laptop to buy",
    "How much is 15 percent of 80?",
    "is my password safe",
    "translate cheese to French",
    "Does the horse jump over the fence?",
    "what colour is the woman's dress",
    "where does the policeman stand",
    "How many windows does the house have?",
    "what is the teacher writing on the board",
    "does the plane land safely",
    "is the soup hot",
    "which player scores",
    "Is anyone singing?",
    "are there any animals?",
    "When was the telephone invented?",
    "what year is it",
    "how many calories does a banana have",
    "who lives next door",
)


def plain(question: str) -> str:
    """A question in lower case, without its marks."""
    return " ".join(re.findall(r"[a-z0-9']+", question.lower()))


_HELD_OUT = frozenset(map(plain, HELD_OUT))


def held_out(question: str) -> bool:
    """Whether a question is on the list, however it is typed."""
    return plain(question) in _HELD_OUT
