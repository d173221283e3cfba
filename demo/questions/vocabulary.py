"""Words of everything but the model's world, for the questions that it must refuse.

Many, so that what is refused is what is not of the world, and not what is on a list.
"""

# One word after the other is easier to read in long lines
# ruff: noqa: E501, SIM905

NOUNS = tuple(
    """
    dog cat man woman person child boy girl baby car bus train bicycle house tree horse bird fish cow sheep lion tiger
    bear elephant table chair phone computer book cup bottle hat dress shirt jacket shoe door window street river lake
    mountain beach boat ship plane guitar piano camera kitchen bed lamp clock knife apple banana pizza cake bread flower
    garden road bridge city school hospital church shop policeman soldier dancer runner player crowd family team friend
    mother father monkey mouse rabbit duck chicken pig frog snake spider bee butterfly ghost monster sun rain war letter
    newspaper song ocean forest doctor lawyer farmer nurse uncle aunt neighbour brother sister wedding party match coat
    bag plate wall roof market money bank program internet radio printer engine tyre lorry airport station ticket hotel
    island tomato onion cheese butter milk coffee sugar salt medicine virus atom planet rocket temple wolf fox goat donkey
    camel whale shark dolphin penguin eagle owl crow parrot swan goose turkey squirrel hedgehog bat ant beetle worm snail
    turtle lizard crocodile dinosaur dragon unicorn angel devil wizard witch pirate king queen prince princess knight
    cowboy astronaut pilot sailor waiter chef cook baker butcher tailor barber plumber carpenter electrician engineer
    scientist professor student pupil teacher judge thief burglar detective spy guard fireman postman gardener painter
    sculptor writer poet novelist actor actress singer drummer violinist conductor clown magician juggler athlete swimmer
    boxer cyclist skier goalkeeper referee coach trainer fan audience guest host tourist passenger pedestrian customer
    client boss secretary manager worker employee colleague partner husband wife son daughter cousin nephew niece grandma
    grandpa twin orphan widow bride groom priest monk nun bishop pope president minister mayor senator governor ambassador
    general captain sergeant prisoner hostage victim witness stranger gentleman lady teenager toddler adult villager
    hand finger thumb arm elbow shoulder leg knee foot toe head face eye ear nose mouth lip tooth tongue chin cheek neck
    chest stomach belly hip skin hair beard moustache bone muscle brain lung liver kidney blood tear smile voice breath
    glove scarf sweater skirt trousers jeans sock boot sandal belt tie button pocket zip glasses umbrella wallet purse
    backpack suitcase watch necklace bracelet earring crown mask helmet uniform costume blanket pillow sheet towel curtain
    carpet sofa armchair bench stool desk shelf cupboard drawer wardrobe mirror candle vase basket bucket broom mop sponge
    soap shampoo toothbrush comb razor scissors needle thread hammer nail screw screwdriver saw drill ladder rope chain
    lock key bell whistle trumpet violin flute drum harp saxophone microphone speaker headphone television remote keyboard
    laptop tablet charger battery cable plug bulb torch flashlight oven stove fridge freezer microwave toaster kettle pan
    pot lid spoon fork bowl glass mug jug teapot tray napkin cork can tin jar egg ham bacon sausage steak beef pork lamb
    salmon tuna shrimp crab lobster soup salad sandwich burger pasta noodle rice potato carrot pepper cabbage lettuce
    spinach broccoli cucumber pumpkin mushroom garlic bean pea corn lemon grape pear peach plum cherry strawberry
    raspberry melon mango pineapple coconut nut almond honey jam chocolate biscuit cookie pancake waffle pie ice-cream
    yoghurt cream cereal flour oil vinegar mustard ketchup spice vanilla cinnamon tea juice lemonade beer wine whisky vodka
    water fire smoke ash dust mud sand stone rock pebble brick concrete iron steel copper silver wood paper plastic rubber
    leather cotton wool silk grass leaf root branch bush hedge rose tulip daisy sunflower oak pine palm cactus moss seed
    hill valley cliff cave desert jungle swamp waterfall stream pond canal harbour coast bay sea wave tide storm thunder
    lightning wind fog mist snow ice hail frost cloud rainbow sky sunset sunrise dawn dusk summer winter spring autumn
    earthquake volcano flood drought hurricane tornado avalanche village town suburb capital country border district
    avenue alley lane motorway crossroad roundabout tunnel pavement bus-stop traffic-light crosswalk parking garage
    petrol-station railway platform subway tram taxi van truck motorbike scooter tractor bulldozer crane ambulance
    fire-engine helicopter balloon glider submarine canoe ferry yacht raft anchor sail oar wheel brake pedal saddle
    office factory warehouse laboratory library museum gallery theatre cinema stadium gym pool playground zoo circus
    restaurant cafe bar pub bakery pharmacy supermarket kiosk mall prison court castle palace tower fortress monument
    statue fountain cemetery grave mosque synagogue cathedral chapel monastery university college kindergarten classroom
    lesson homework exam essay dictionary textbook notebook pencil pen crayon brush paint ink eraser ruler calculator map
    globe telescope microscope magnet thermometer compass drone satellite laser antenna tape album
    concert opera ballet orchestra band choir melody rhythm lyric painting sculpture photograph postcard poster stamp
    envelope parcel gift toy doll puzzle chess dice card football tennis golf hockey cricket rugby basketball volleyball
    baseball racket goal medal trophy champion tournament league race marathon sprint hurdle javelin archery
    gymnast yoga karate judo wrestling fencing skating surfing sailing climbing fishing hunting camping picnic barbecue
    holiday festival birthday christmas easter carnival parade funeral ceremony anniversary meeting interview contract
    invoice salary pension tax loan mortgage insurance budget profit investment share bond currency coin banknote cheque
    election vote parliament senate government law crime murder robbery fraud trial verdict lawsuit police army navy
    weapon gun rifle bullet bomb missile tank sword shield spear armour battle revolution treaty empire colony
    religion god prayer bible bishop saint miracle heaven hell myth legend fairy tale novel chapter poem sentence word
    grammar alphabet accent dialect language translation joke riddle gossip rumour secret lie truth promise idea opinion
    theory experiment formula equation theorem algebra geometry calculus statistic gravity electron proton molecule
    enzyme protein vitamin gene cell bacteria fungus disease fever cough headache allergy cancer diabetes injury wound
    scar bandage pill injection vaccine surgery operation therapy diet exercise sleep dream nightmare memory emotion fear
    anger joy sadness jealousy pride shame guilt courage patience wisdom luck destiny freedom justice peace democracy
    website browser password username email server database algorithm software app download spreadsheet
    screenshot podcast blog tweet selfie hashtag puppy kitten piglet lambkin foal calf cub chick tadpole puppet nest
    kennel stable barn farm field meadow orchard vineyard fence gate path trail tent campfire lantern sleeping-bag
    """.split()
)
VERBS = tuple(
    """
    eat drink run jump dance sing talk sleep swim cook read write drive cry laugh smile wave fight play work bark fly
    climb walk speak hold wear say think buy build love learn watch open hear carry cut win believe sell pay fix throw
    catch kick push pull wash clean paint draw study visit marry help call answer bake plant feed hug kiss bite chew
    swallow lick taste smell breathe sneeze cough snore yawn whisper shout scream sigh giggle wink nod bow kneel crawl
    limp skate ski surf dive row sail ride park steer overtake crash repair polish sweep mop dust iron sew knit weave
    fold pack unpack wrap deliver post receive send borrow lend steal hide seek chase follow escape arrest punish forgive
    thank greet invite welcome interview hire fire promote retire vote elect protest obey command guard defend attack
    invade conquer surrender shoot stab wound heal cure treat operate inject vaccinate diagnose diet exercise stretch
    lift drop dig mine drill saw hammer glue melt freeze boil fry roast grill chop peel slice stir pour mix whisk season
    serve order tip dine fast toast cheer celebrate mourn bury pray bless preach meditate dream remember forget recognise
    understand explain teach train practise rehearse perform act direct record edit publish print copy paste delete
    download upload install update crash reboot type click scroll browse google code debug compile calculate measure
    weigh estimate compare invent discover explore research prove doubt argue debate agree disagree complain apologise
    promise lie cheat gamble bet invest save spend waste earn owe lose collect donate inherit rent lease own
    breed hatch milk shear hunt fish trap tame graze gallop trot sting peck howl growl purr meow roar hiss buzz chirp
    """.split()
)
ADJECTIVES = tuple(
    """
    sad tired old young angry beautiful expensive hungry famous dangerous delicious healthy wet cold warm rich poor alive
    dead married clever stupid bored ill sick afraid lonely busy late strong weak friendly funny clean dirty
    broken free legal safe happy cheerful nervous proud shy jealous brave cowardly lazy hard-working honest polite
    rude generous greedy patient curious serious silly crazy wise naive kind cruel gentle violent calm loud quiet noisy
    silent hot cool dry humid sunny cloudy windy rainy snowy foggy sharp blunt soft hard rough smooth sticky slippery
    heavy sweet sour bitter salty spicy fresh rotten ripe raw cooked frozen tasty disgusting poisonous edible
    organic cheap valuable rare ancient modern historic traditional fashionable elegant ugly pretty handsome cute fat thin
    slim tall bald blond hairy muscular pregnant deaf blind injured drunk sober awake asleep thirsty excited scared worried
    surprised confused embarrassed disappointed satisfied comfortable sleepy dizzy contagious deadly harmless religious
    political democratic illegal guilty innocent official private public secret popular successful talented intelligent
    educated professional retired unemployed single divorced pregnant local foreign international rural urban
    wooden metallic golden woollen electric digital automatic mechanical natural artificial fake original 
    possible impossible necessary useful useless important boring scary romantic tragic comic magical holy
    haunted lucky unlucky terrible awful bad best worst evil moral scientific
    """.split()
)
WHO = (
    "he", "she", "he", "she", "they", "somebody", "anyone", "people", "you", "I", "we", "the people",
    "everybody", "my friend", "his wife", "her father", "the girl", "this guy", "the men", "these people",
    "the kids", "my boss", "my mum", "your dad", "our neighbours", "that lady", "those boys", "the old man",
    "her sister", "the driver", "humans", "children", "women", "animals", "scientists", "the government",
)  # fmt: skip
QUALITIES = tuple(
    """
    price population history meaning recipe age height owner author winner reason purpose weight taste smell sound mood
    job address title language religion climate currency ending plan opinion secret score law cure inventor king flag
    anthem brand cause surname nickname birthday salary phone-number password hobby profession nationality gender
    temperature pressure density voltage capacity volume mass distance depth width value worth quality quantity
    origin source definition synonym translation pronunciation spelling summary plot moral message symbol role goal
    future past destiny personality character attitude feeling thought wish dream fear hope problem solution answer
    advantage disadvantage risk danger benefit effect result symptom treatment ingredient material texture flavour
    """.split()
)
PLACES = tuple(
    """
    France Germany Italy Spain Japan China India Brazil Canada Mexico Egypt Kenya Norway Sweden Poland Greece Turkey
    England Scotland Ireland Russia Chile Peru Cuba Nepal Iran Iraq Israel Austria Belgium Denmark Finland Portugal
    Hungary London Paris Berlin Rome Madrid Tokyo Moscow Cairo Boston Chicago Texas California Europe Africa Asia
    Vienna Prague Lisbon Oslo Dublin Athens Warsaw Zurich Geneva Milan Venice Naples Florence Munich Hamburg Amsterdam
    Brussels Stockholm Istanbul Dubai Mumbai Delhi Beijing Shanghai Seoul Bangkok Hanoi Jakarta Sydney Melbourne
    Toronto Montreal Vancouver Seattle Miami Dallas Denver Hawaii Alaska Florida Iceland Ukraine Romania Bulgaria
    Serbia Croatia Morocco Nigeria Ghana Ethiopia Colombia Bolivia Uruguay Vietnam Thailand Malaysia Pakistan
    """.split()
)
NAMES = tuple(
    """
    Einstein Newton Shakespeare Mozart Napoleon Caesar Picasso Darwin Obama Lincoln Churchill Gandhi Beethoven Plato
    Anna Peter Maria John Emma Tom Lisa Paul Julia David Sarah Alex Tim Laura Max Sophie Ben Clara Mary James Robert
    Aristotle Socrates Galileo Copernicus Columbus Magellan Leonardo Michelangelo Rembrandt Monet Bach Chopin Verdi
    Elvis Madonna Chaplin Hitchcock Tolstoy Goethe Kafka Orwell Dickens Homer Cleopatra Victoria Edison Tesla Curie
    Oliver Jack Harry Lucas Leo Noah Ethan Daniel Samuel Oscar Felix Hugo Mia Ella Ava Lily Grace Chloe Zoe Nina Eva
    """.split()
)
TOPICS = (
    "life", "love", "time", "money", "physics", "gravity", "music", "art", "history", "religion", "politics", "football",
    "chess", "computers", "the internet", "the weather", "democracy", "happiness", "evolution", "quantum mechanics",
    "the economy", "the universe", "cooking", "photosynthesis", "the stock market", "philosophy", "mathematics",
    "medicine", "the second world war", "climate change", "sleep", "dreams", "inflation", "artificial intelligence",
    "machine learning", "blockchain", "nuclear power", "vaccination", "feminism", "capitalism", "buddhism", "yoga",
    "gardening", "astronomy", "chemistry", "biology", "geography", "grammar", "poetry", "jazz", "cinema", "fashion",
    "parenting", "marriage", "friendship", "death", "consciousness", "free will", "beauty", "truth", "electricity",
    "magnetism", "radioactivity", "black magic", "the middle ages", "the roman empire", "the french revolution",
    "the cold war", "global warming", "traffic", "nutrition", "sports", "travel", "tax law", "human rights",
)  # fmt: skip
LANGUAGES = (
    "French", "German", "Spanish", "Italian", "Japanese", "Chinese", "Latin", "Greek", "Russian", "Arabic", "Dutch",
    "Swedish", "Polish", "Turkish", "Hindi", "Korean", "Hebrew", "Welsh", "Czech", "Finnish", "English",
)  # fmt: skip
UNITS = (
    "metres", "miles", "litres", "grams", "pounds", "hours", "minutes", "seconds", "days", "weeks", "years", "dollars",
    "euros", "degrees", "kilometres", "inches", "feet", "kilos", "tons", "pixels", "watts", "volts", "calories",
)  # fmt: skip

# Words of the model's world where they mean something else
ELSEWHERE = (
    "red wine", "the red carpet", "the red cross", "the red sea", "red meat", "a red light", "red hair", "red tape",
    "the blue whale", "blue cheese", "blue jeans", "the blues", "blue blood", "a blue moon", "green tea", "green energy",
    "the green party", "a green card", "a greenhouse", "greenland", "black coffee", "the black market", "the black sea",
    "black friday", "a black hole", "a blackboard", "the white house", "white wine", "white noise", "a white lie",
    "white bread", "pink floyd", "pink salmon", "the pink panther", "orange juice", "an orange tree", "an orange",
    "agent orange", "yellow fever", "the yellow pages", "the yellow river", "a yellow card", "brown rice",
    "brown sugar", "a brown bear", "grey hair", "grey matter", "a grey area", "purple rain", "the colour of money",
    "a circle of friends", "the arctic circle", "crop circles", "the circle line", "times square", "the red square in moscow",
    "a square metre", "a square meal", "square one", "the bermuda triangle", "a love triangle", "a movie star", "star trek",
    "a star sign", "a five star hotel", "the north star", "a starfish", "a rock star", "a pop star", "the morning star",
    "a shooting star", "starlight", "a crossword", "the cross channel ferry", "a crossroads", "the southern cross",
    "a wedding ring", "a boxing ring", "a ringtone", "the ring cycle", "a key ring", "the ring road", "an engagement ring",
    "a heart attack", "heart disease", "heart surgery", "my heart rate", "the queen of hearts", "a broken heart", "heartburn",
    "the full moon", "the moon landing", "a honeymoon", "moonlight", "the new moon", "the far side of the moon", "moonshine",
    "a light bulb", "a light year", "a traffic light", "daylight saving", "light beer", "the speed limit", "a speed record",
    "the speed of sound", "the speed of a cheetah", "a speed camera", "speed dating", "my shoe size", "the size of the earth",
    "the shape of the earth", "the shape of water", "a shapeshifter", "background music", "a background check",
    "a picture frame", "a time frame", "a crime scene", "the music scene", "a paper clip", "a hair clip", "a film festival",
    "a film star", "the film industry", "screen time", "a touch screen", "sunscreen", "a video game", "a video call",
    "left wing politics", "the left hand", "a left back", "human rights", "the right answer", "the right to vote",
    "copyright", "a right angle", "a start up", "a breakdown", "the ups and downs", "the top ten", "the top of mount fuji",
    "the bottom of the sea", "the bottom line", "the middle ages", "the middle east", "middle class", "the end of the war",
    "the end of the world", "the start of the race", "the beginning of the universe", "fast food", "a fast car",
    "first aid", "the first lady", "my last name", "the last supper", "the first world war", "the last emperor",
    "a flash drive", "a flash flood", "a bouncy castle", "growing up", "growing tomatoes", "climate change", "small change",
    "a change of heart", "a change of government", "the turn of the century", "a U-turn", "count dracula", "a blood count",
    "a phone number", "a prime number", "a lucky number", "hair colour", "colour blindness", "eye colour", "one direction",
    "a stage direction", "directions to the station", "moving house", "a moving story", "a stillborn idea", "still water",
    "a spin doctor", "a spinning wheel", "a spin class", "a disappearing act", "the disappearance of Amelia", "maternity leave",
    "a tea leaf", "leaving home", "a box office hit", "a cardboard box", "a ball game", "the snowball effect", "a dot com",
    "a road block", "a disc jockey", "a slipped disc", "a plus one", "surplus", "a donut shop", "a hoop skirt",
    "object oriented programming", "an object of desire", "a thing of the past", "the periodic table of elements",
    "a public figure", "figure skating", "news items", "the big bang", "a big mac", "the little mermaid", "a small business",
    "the largest lake", "the biggest city", "the smallest country", "the fastest animal", "the highest peak",
)  # fmt: skip


# What shapes are asked for that the world does not have, and colours
OTHER_KINDS = (
    "rectangle", "oval", "pentagon", "hexagon", "octagon", "diamond", "arrow", "cube", "spiral", "ellipse", "line",
    "rhombus", "cylinder", "pyramid", "zigzag", "trapezoid", "teardrop",
)  # fmt: skip
OTHER_COLOURS = ("gold", "golden", "silver", "beige")
