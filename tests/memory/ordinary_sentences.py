"""Two hundred things that people write and that hold no secret, the hard ones among them."""

SENTENCES = tuple(
    line
    for line in """
the password is wrong
the password is too weak
the password is correct, thanks
my password is not working any more
I forgot my password
what is my password?
is the password case sensitive?
the password is stored in the safe downstairs
the passwords are all different
password reset does not work
the password field is empty
a password is needed here
the password is long, but I can remember it
Your password is about to expire on Monday
I changed my password yesterday
Das Passwort ist falsch
Das Passwort ist abgelaufen.
Mein Passwort habe ich vergessen
das Passwort ist nicht mehr gültig
the key is under the mat
the private key is used to sign
my private key is rsa4096
type pwd to see the folder
my password used to be simple
the key is in the ignition
my API key is missing
I need an API key for this
how do I get an access token?
the access token is expired
the secret is out
secret key cryptography is hard
passcode lock is on
the pin is loose
pin that message, please
I pinned it to the wall
the PIN pad is broken
put a pin in the map at 52.52, 13.40
the postal code is 10115
my zip code is 90210
the code is easy to read
the country code is 49
the error code is 404
use the discount code SUMMER21
the door code is 4711
the verification code did not arrive
the login code expired again
I got a code by SMS
my tan is gone since October
I love tan leather
my phone number is +49 151 23456789
call me at 030 1234567
call me on 555-0134
my number is 0151 2345 6789 0
DE89 3704 0044 0532 0130 00 is my IBAN
my IBAN is GB29 NWBK 6016 1331 9268 19
order 1234567890123456 has shipped
tracking number 00340434161094021502
invoice 2026-11-21-000417
the ISBN is 978-3-16-148410-0
the build id is 1763731200000
message 1191893457203429446 was deleted
channel 1084938475930293847 is quiet
it happened at 2026-11-21T09:05:00.000000+00:00
commit 4cfd695 lays the tables
the hash is 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12
sha256 starts with e3b0c44298fc1c14
uuid 123e4567-e89b-12d3-a456-426614174000
pi is 3.14159265358979
1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16
16 digits like 1234 5678 9012 3456 are no card of mine
the numbers 4 8 15 16 23 42 again
the lottery numbers were 3 7 12 24 31 46
my size is 42
the flight is LH1234 at 10:45
my seat is 27C
the meeting is on 3 May 2026 at 15:00
the address is https://example.com/login?next=/home
see https://example.com:8080/a@b for more
mail me at ana@example.com
ssh bob@host works
git clone git@github.com:a/b.git
ratio 16:9 looks better
sk-learn is short for scikit-learn
the sk-something-quite-long-name-of-a-branch is merged
the folder is called xoxo
xoxo, your Ana
ghosts are not real
gho is no word
the AKIA conference was good
Akiarchitecture is a funny word
eyJust kidding
bearer of bad news
the bearer is entitled to one drink
the standard bearer carried the flag through the whole long parade
BEGIN with the hard part
tokens are cheap these days
a token of my love
the token ring was blue
pass me the salt
pass the parcel
the mountain pass is closed
I passed the exam
passing by the house
the passport is valid until 2031
my passport is in the drawer
the compass is broken
bypass surgery went well
the keyboard is new
the key to happiness is sleep
my key ring is red
monkey business
turkey is for Thursday
the donkey is old
my hockey team won
the whiskey is good
the phrase is in Latin
a common phrase is "so it goes"
my favourite phrase is carpe diem
rephrase that, please
my cat is called Miso
my dog's name is Rex
I live in Berlin
I moved to Rome in 2019
I am from Lisbon
I work as a nurse
I work at the harbour
call me Ej
my name is Ana
I like tea
I love the sea in winter
I hate olives
I prefer trains to planes
I don't like coffee any more
I no longer smoke
I am allergic to nuts
my birthday is on 3 May
I was born in 1984
on 3 May I ran a marathon
my sister is a doctor
my brother lives in Oslo
my car is a blue Volvo
my favourite colour is green
we have two children
our house is by the lake
I have three bikes
I play the violin
I speak Portuguese
ich mag Tee
ich wohne in Berlin
ich komme aus Lissabon
ich arbeite als Lehrer
meine Katze heißt Miso
mein Hund heißt Rex
nenn mich Ej
mein Name ist Ana
ich habe eine Allergie gegen Nüsse
mein Geburtstag ist am 3. Mai
ich trinke keinen Kaffee mehr
der Schlüssel liegt unter der Matte
die Postleitzahl ist 10115
meine Nummer ist 030 1234567
der Code ist schwer zu lesen
das Kennwortfeld ist leer
how are you today?
good morning
thank you very much
what time is it?
see you tomorrow at eight
it rains again
the train is late
dinner is ready
could you calculate 15% of 80?
what is 12,345 times 6,789?
remind me to water the plants
tell me a joke
who wrote Faust?
translate "house" into French
explain the difference between TCP and UDP
write a poem about autumn
summarise this article for me
what should I cook with rice and beans?
is it going to snow in Oslo?
can you recommend a book about whales?
how far is the moon?
the moon is 384400 km away
the speed of light is 299792458 m/s
there are 86400 seconds in a day
the budget is 1,250,000 euros
the population is 3,769,495
version 3.11.7 is out
Python 3.12 is faster
the IP is 192.168.178.1
the MAC is 00:1a:2b:3c:4d:5e
the port is 5432
set the timeout to 30000
the temperature is -3 degrees
it costs 19.99
I ran 10 km in 52:30
the score was 3:2
chapter 12, verse 4
the recipe needs 250 g flour
bake it at 180 for 25 minutes
the film starts at 20:15
platform 9 3/4
room 101 is upstairs
I am on the third floor
bus 42 goes there
the last bus leaves at 23:55
see page 394
my shoe size is 43
the wall is 2.50 m high
my cousin's wedding is in June
the kids are at school
no secrets between us
it is an open secret
this is top secret stuff in the film
let's keep it a secret
I can keep a secret
the password is case sensitive
the password is 12 characters long
the seed phrase is twelve words
my password was stolen yesterday
my password is expiring tomorrow
my password is getting old
the password is stored hashed
the password is sent by email
the password is changed every month
the api key is rotated weekly
the api key is read from the environment
mein Passwort ist mir entfallen
Mein Passwort ist sicher genug
Passwort: steht auf dem Zettel
api_key = os.environ["KEY"]
password = input("Password: ")
password: str = Field(...)
def login(user, password=None): pass
if password == expected: return True
password sha256 and argon2id are hashes
pass: 3 of 4 tests
the token limit is 4096
token: JWT
pin 2024 to the top
my pin is on my jacket
the access token is refreshed hourly
ISBN 978-3-16-148410-0
my Discord id is 123456789012345678
I was at 52.520008, 13.404954
see https://example.com:8080/a@b
""".strip().splitlines()
)
