"""Makes texts with private values in them, and says where the values are.

Usage: private_texts.py COUNT SEED > texts.jsonl

Each line is {"text", "language", "spans": [[start, end, kind], …]}, in Unicode code points. Values come
from Faker for eleven locales and, where Faker has none, from the functions below; the templates are our
own. About a third of the texts holds nothing private, but numbers and words that look like it.
"""

import base64
import json
import random
import sys
import uuid

from faker import Faker

LOCALES = ["en_US", "en_GB", "en_IN", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pl_PL", "pt_BR", "sv_SE"]

TEMPLATES = {
    "en": [
        "Hi, my name is {person} and you can reach me at {email} or {phone}.",
        "Please call {phone} and ask for {person}.",
        "Dear {person}, your parcel goes to {address}.",
        "The card is {card}, the account {iban}.",
        "Transfer the money to {iban}, please.",
        "{person} was born on {birth} and lives at {address}.",
        "DOB: {birth}. National id {id}.",
        "My {idname} is {id}, is that enough?",
        "The server at {ip} answers, its card is {mac}.",
        "We met at {coordinates} yesterday.",
        "Use {key} for the API and do not tell anyone.",
        "curl -H 'Authorization: Bearer {jwt}' https://api.example.com/v1/things",
        "The file is at {home}.",
        "password: {password}",
        "Write to {email}; {person} reads it.",
        "Send the invoice to {person}, {address}, or by mail to {email}.",
        "The link is {url}.",
        "Contact {person} ({email}, {phone}) before Friday.",
        "Yesterday {person} told me that the meeting was moved.",
        "I paid with {card} and it was refused twice.",
        "Ship it to {address}.",
        "{pem}",
        "Here are my recovery words: {seed}",
        "Encoded it reads {encoded}, which I find odd.",
    ],
    "de": [
        "Hallo, ich heiße {person}, meine Adresse ist {address}.",
        "Bitte rufen Sie {phone} an und fragen Sie nach {person}.",
        "Meine E-Mail ist {email}, meine IBAN {iban}.",
        "{person}, geboren am {birth}, wohnt in {address}.",
        "Die Steuer-ID lautet {id}.",
        "Zahlen Sie mit der Karte {card}.",
        "Telefon: {phone}, Mail: {email}",
        "Sehr geehrter Herr {person}, vielen Dank für Ihre Bestellung.",
    ],
    "fr": [
        "Bonjour, je m'appelle {person} et j'habite {address}.",
        "Appelez-moi au {phone} ou écrivez à {email}.",
        "{person}, née le {birth}, numéro de sécurité sociale {id}.",
        "Mon IBAN est {iban} et ma carte {card}.",
        "Madame {person} vous attend demain.",
    ],
    "es": [
        "Hola, me llamo {person} y vivo en {address}.",
        "Llámame al {phone} o escribe a {email}.",
        "{person}, fecha de nacimiento {birth}, DNI {id}.",
        "Mi tarjeta es {card} y mi cuenta {iban}.",
        "La señora {person} llegó ayer.",
    ],
    "it": [
        "Ciao, mi chiamo {person} e abito in {address}.",
        "Chiamami al cellulare {phone} o scrivi a {email}.",
        "{person}, nato il {birth}, codice fiscale {id}.",
        "La mia carta è {card}, il conto {iban}.",
    ],
    "nl": [
        "Hallo, ik heet {person} en ik woon op {address}.",
        "Bel {phone} of mail naar {email}.",
        "{person}, geboortedatum {birth}, BSN {id}.",
        "Mijn rekening is {iban}, mijn kaart {card}.",
    ],
    "pl": [
        "Cześć, nazywam się {person}, mieszkam: {address}.",
        "Zadzwoń pod {phone} albo napisz na {email}.",
        "{person}, data urodzenia {birth}, PESEL {id}.",
        "Moja karta to {card}, a konto {iban}.",
    ],
    "pt": [
        "Olá, me chamo {person} e moro na {address}.",
        "Ligue para o celular {phone} ou escreva para {email}.",
        "{person}, data de nascimento {birth}, CPF {id}.",
        "Meu cartão é {card} e a conta {iban}.",
    ],
    "sv": [
        "Hej, jag heter {person} och bor på {address}.",
        "Ring {phone} eller skriv till {email}.",
        "{person}, född {birth}, personnummer {id}.",
        "Mitt kort är {card} och kontot {iban}.",
    ],
}

NOTHING = [
    "The meeting takes about 45 minutes and ends at 16:30.",
    "Order {digits8} has been shipped, invoice {digits6} follows.",
    "Version {version} fixes 12 bugs and is 3.5 times faster.",
    "The town has 123 456 inhabitants and 14 bridges.",
    "See commit {sha} for the details.",
    "The request id is {uuid}.",
    "It costs 1,299.00 dollars, or 1.299,00 euros.",
    "ISBN 978-3-16-148410-0 is a book about rivers.",
    "The temperature fell from 21.5 to 18.25 degrees.",
    "In 2019 the company sold 1,250,000 machines.",
    "The train leaves on 2024-05-17 from platform 9.",
    "Chapter 12 begins on page 345 and ends on page 401.",
    "Set the timeout to 30000 ms and retry 5 times.",
    "for i in range(100): print(i * 3 + 1)",
    "The password is wrong, try another one.",
    "Read the documentation at https://docs.example.com/guide/install?page=2",
    "Please keep the token budget below 4096.",
    "The ratio was 16:9 and the file 3840x2160.",
    "We should plant more trees along the river and take better care of the old ones.",
    "A good soup needs onions, carrots, patience and a little salt.",
    "Could you summarise the text above in three sentences?",
    "Water boils at a lower temperature in the mountains than at the sea.",
    "Die Sitzung dauert 45 Minuten und endet um 16:30 Uhr.",
    "Die Bestellung {digits8} wurde verschickt.",
    "Der Zug fährt um 9 Uhr von Gleis 12 ab.",
    "La réunion dure 45 minutes et finit à 16 h 30.",
    "El tren sale a las 9 del andén 12.",
    "Il treno parte alle 9 dal binario 12.",
    "De trein vertrekt om 9 uur van spoor 12.",
    "Pociąg odjeżdża o 9 z peronu 3.",
    "O trem parte às 9 da plataforma 12.",
    "Tåget går klockan 9 från spår 12.",
    "Item 4711-0815 is out of stock until week 23.",
    "The checksum {md5} does not match.",
    "x = 3.14159 * r ** 2",
    "Batch {digits10} passed the test with 99.7 percent.",
    "Ticket {digits6} was closed, ticket {digits6} is still open.",
    "The function computes the greatest common divisor of two numbers.",
    "Room 204 is on the second floor, next to the stairs.",
    "The bus to the lake runs every 20 minutes until 23:40.",
]


def luhn_digit(digits):
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = digit * 2 if place % 2 == 0 else digit
        total += value - 9 if value > 9 else value
    return -total % 10


class Values:
    def __init__(self, locale, chance):
        self.locale, self.fake, self.chance = locale, Faker(locale), chance

    def digits(self, count):
        return "".join(str(self.chance.randrange(10)) for _ in range(count))

    def letters(self, count, alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"):
        return "".join(self.chance.choice(alphabet) for _ in range(count))

    def person(self):
        first, last = self.fake.first_name(), self.fake.last_name()
        return f"{first} {last}"

    def email(self):
        return self.fake.ascii_email() if self.chance.random() < 0.8 else self.fake.company_email()

    def phone(self):
        return self.fake.phone_number()

    def address(self):
        text = self.fake.address()
        return text if self.chance.random() < 0.3 else text.replace("\n", ", ")

    def card(self):
        number = self.fake.credit_card_number()
        if len(number) == 16 and self.chance.random() < 0.6:
            gap = self.chance.choice([" ", "-"])
            number = gap.join(number[i : i + 4] for i in range(0, 16, 4))
        return number

    def iban(self):
        locale = self.locale if self.locale not in ("en_US", "en_IN", "pt_BR", "sv_SE") else "de_DE"
        number = Faker(locale).iban() if locale != self.locale else self.fake.iban()
        if self.chance.random() < 0.5:
            number = " ".join(number[i : i + 4] for i in range(0, len(number), 4))
        return number

    def birth(self):
        day = self.fake.date_of_birth(minimum_age=18, maximum_age=90)
        forms = {
            "en_US": ["%m/%d/%Y", "%B %d, %Y", "%Y-%m-%d"],
            "en_GB": ["%d/%m/%Y", "%d %B %Y", "%Y-%m-%d"],
            "en_IN": ["%d-%m-%Y", "%d/%m/%Y"],
            "de_DE": ["%d.%m.%Y", "%Y-%m-%d"],
            "sv_SE": ["%Y-%m-%d"],
        }.get(self.locale, ["%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d"])
        return day.strftime(self.chance.choice(forms))

    def id(self):
        if self.locale == "en_US":
            return self.fake.ssn()
        if self.locale == "en_IN":
            number = self.fake.aadhaar_id()
            return " ".join(number[i : i + 4] for i in range(0, 12, 4))
        if self.locale == "de_DE":
            return self.german_tax_id()
        if self.locale == "fr_FR":
            return self.fake.ssn()
        if self.locale == "es_ES":
            return self.chance.choice([self.fake.nif, self.fake.nie])()
        if self.locale == "pl_PL":
            return self.fake.pesel()
        if self.locale == "pt_BR":
            return self.fake.cpf()
        if self.locale == "sv_SE":
            return self.fake.ssn()
        return self.fake.ssn()

    def idname(self):
        return {"en_US": "SSN", "en_GB": "national insurance number", "en_IN": "Aadhaar"}.get(self.locale, "id number")

    def german_tax_id(self):
        while True:
            digits = [self.chance.randrange(1, 10)] + [self.chance.randrange(10) for _ in range(9)]
            counts = sorted(digits.count(d) for d in set(digits) if digits.count(d) > 1)
            if counts in ([2], [3]):
                break
        product = 10
        for digit in digits:
            total = (digit + product) % 10 or 10
            product = total * 2 % 11
        check = 11 - product
        return "".join(map(str, digits)) + str(0 if check == 10 else check)

    def ip(self):
        while True:
            text = self.fake.ipv4() if self.chance.random() < 0.7 else self.fake.ipv6()
            if not text.startswith(("127.", "0.", "255.")):
                return text

    def mac(self):
        return self.fake.mac_address()

    def coordinates(self):
        lat, lon = self.chance.uniform(-80, 80), self.chance.uniform(-170, 170)
        return f"{lat:.5f}, {lon:.5f}"

    def key(self):
        return self.chance.choice([
            "sk-" + self.letters(48), "ghp_" + self.letters(36), "AKIA" + self.letters(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
            "xoxb-" + self.digits(12) + "-" + self.digits(12) + "-" + self.letters(24), "hai_sk_" + self.letters(32),
            "glpat-" + self.letters(20), "AIza" + self.letters(35), "sk_live_" + self.letters(24),
        ])

    def jwt(self):
        part = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
        return part({"alg": "HS256", "typ": "JWT"}) + "." + part({"sub": self.digits(10)}) + "." + self.letters(43)

    def home(self):
        name = self.fake.user_name()
        form = self.chance.choice(["/home/%s/notes/todo.txt", "/Users/%s/Documents/plan.pdf", "C:\\Users\\%s\\Desktop\\a.txt"])
        before, after = form.split("%s")
        return before, name, after

    def password(self):
        return self.letters(10) + self.chance.choice("!#$%") + self.digits(2)

    def url(self):
        if self.chance.random() < 0.5:
            return "https://", self.fake.user_name() + ":" + self.letters(10), "@git.example.com/project"
        return "https://files.example.com/get?file=7&token=", self.letters(24), ""

    def pem(self):
        body = base64.b64encode(self.chance.randbytes(600)).decode()
        lines = "\n".join(body[i : i + 64] for i in range(0, len(body), 64))
        return f"-----BEGIN PRIVATE KEY-----\n{lines}\n-----END PRIVATE KEY-----"

    def seed(self):
        words = SEED_WORDS
        return " ".join(self.chance.choice(words) for _ in range(self.chance.choice([12, 15, 24])))

    def encoded(self):
        text = self.email().encode()
        return self.chance.choice([base64.b64encode(text).decode(), text.hex()])


SEED_WORDS = (
    "abandon ability able about above absent absorb abstract absurd abuse access accident account accuse achieve acid acoustic acquire "
    "across act action actor actress actual zebra zero zone zoo youth wolf woman wood wool word work world worry worth wrap wreck wrestle "
    "wrist write wrong yard year yellow you young velvet vendor venture venue verb verify version very vessel veteran viable vibrant"
).split()

KINDS = {
    "email": "email", "phone": "phone", "card": "card", "iban": "iban", "birth": "birth_date", "id": "national_id", "ip": "ip",
    "mac": "mac", "coordinates": "coordinates", "key": "api_key", "jwt": "jwt", "password": "password", "pem": "private_key",
    "seed": "seed_phrase", "encoded": "email", "person": "person", "address": "address", "home": "user_name", "url": "url_secret",
}


def fill(template, values):
    text, spans = "", []
    rest = template
    while "{" in rest:
        before, rest = rest.split("{", 1)
        slot, rest = rest.split("}", 1)
        text += before
        value = getattr(values, slot)()
        if isinstance(value, tuple):
            text += value[0]
            spans.append([len(text), len(text) + len(value[1]), KINDS[slot]])
            text += value[1] + value[2]
            continue
        if slot in KINDS:
            spans.append([len(text), len(text) + len(value), KINDS[slot]])
        text += value
    return text + rest, spans


def nothing(template, chance):
    digits = lambda count: str(chance.randrange(1, 10)) + "".join(str(chance.randrange(10)) for _ in range(count - 1))
    for count in (6, 8, 10):
        while "{digits%d}" % count in template:
            template = template.replace("{digits%d}" % count, digits(count), 1)
    return template.replace("{version}", f"{chance.randrange(9)}.{chance.randrange(30)}.{chance.randrange(30)}").replace(
        "{sha}", chance.randbytes(20).hex()).replace("{md5}", chance.randbytes(16).hex()).replace(
        "{uuid}", str(uuid.UUID(bytes=chance.randbytes(16), version=4)))


def main():
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    chance = random.Random(seed)
    Faker.seed(seed)
    makers = [Values(locale, chance) for locale in LOCALES]
    # Half of the texts are English, since the peer reads English only.
    weights = [4 if maker.locale.startswith("en") else 1.5 for maker in makers]
    for _ in range(count):
        if chance.random() < 0.33:
            line = {"text": nothing(chance.choice(NOTHING), chance), "language": "any", "spans": []}
        else:
            maker = chance.choices(makers, weights)[0]
            language = maker.locale[:2]
            text, spans = fill(chance.choice(TEMPLATES[language]), maker)
            line = {"text": text, "language": language, "spans": spans}
        print(json.dumps(line, ensure_ascii=False))


main()
