"""Every kind of provider, simulated: how it is configured and whom it reaches."""

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
# By the variable that a provider's key names. A test greps for the values.
SECRETS = {
    "TWILIO_TOKEN": "twilio-token-0f1e2d3c4b5a6978",
    "KANNEL_PASSWORD": "kannel-password-0f1e2d3c",
    "MAIL_PASSWORD": "mail-password-0f1e2d3c",
    "WEBHOOK_SECRET": WEBHOOK_SECRET,
}
SIM_OPTIONS = ("--twilio-token", SECRETS["TWILIO_TOKEN"],
               "--kannel-login", "tester:" + SECRETS["KANNEL_PASSWORD"],
               "--smtp-login", "tester:" + SECRETS["MAIL_PASSWORD"],
               "--webhook-secret", WEBHOOK_SECRET, "--keep-texts")


class Channel:
    def __init__(self, name, type_, recipient, keys, speaks_smtp=False, reports=False):
        self.name = name
        self.type = type_
        self.recipient = recipient  # of a number, with the simulator's port
        self.keys = keys
        self.speaks_smtp = speaks_smtp
        self.reports = reports  # its receipts reach us

    def provider(self, sim, **keys):
        url = f"{'smtp' if self.speaks_smtp else 'http'}://127.0.0.1:{sim.ports[self.name]}"
        if self.type != "webhook":
            keys = {"url": url, **keys}
        return {"name": self.name, "type": self.type, "timeout": "5s", "connect_timeout": "1s",
                "max_in_flight": 32, **self.keys, **keys}

    def address(self, sim, number):
        return self.recipient(number, sim.ports[self.name])


def phone(number, _port):
    return f"+1555{number:07}"


CHANNELS = [
    Channel("signal-rpc", "signal", phone, {"account": "+15550001111"}, reports=True),
    Channel("signal-rest", "signal", phone, {"account": "+15550001111", "api": "rest"}),
    Channel("mail", "email", lambda number, _: f"user{number}@example.org",
            {"from": "Postrider <robot@example.net>", "starttls": "never",
             "username": "tester", "password_env": "MAIL_PASSWORD"}, speaks_smtp=True),
    Channel("twilio", "sms", phone,
            {"api": "twilio", "account_sid": ACCOUNT_SID, "auth_token_env": "TWILIO_TOKEN",
             "from": "+15550001111"}, reports=True),
    Channel("kannel", "sms", phone,
            {"api": "kannel", "username": "tester", "password_env": "KANNEL_PASSWORD",
             "from": "12345"}, reports=True),
    Channel("hooks", "webhook", lambda number, port: f"http://127.0.0.1:{port}/hook/{number}",
            {"allow_private": True, "secret_env": "WEBHOOK_SECRET"}),
]


def start_channels(scenario, channels):
    """A simulator that speaks for these channels."""
    return scenario.start_sim(*(one.name for one in channels if not one.speaks_smtp),
                              options=SIM_OPTIONS,
                              smtp=[one.name for one in channels if one.speaks_smtp])
