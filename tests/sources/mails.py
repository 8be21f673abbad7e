#!/usr/bin/env python3
"""Mails as Postrider reads them, judged by Python's email package.

    mails.py READ_MAILS FOLDER

READ_MAILS prints what Postrider reads of each mail of the folder. Where the two differ, DIFFERENT
has Postrider's reading and the reason.
"""

import email
import email.policy
import glob
import html
import json
import os
import re
import subprocess
import sys
import unittest

READ_MAILS, FOLDER = sys.argv[1:3]

# Signatures say nothing to a reader.
SIGNATURES = {"application/pgp-signature"}


def mails():
    return sorted(glob.glob(os.path.join(FOLDER, "*.eml")))


def name_of(path):
    return os.path.basename(path).removesuffix(".eml")


def readings():
    paths = mails()
    done = subprocess.run([READ_MAILS, *paths], capture_output=True, check=True, timeout=60)
    assert not done.stderr, done.stderr
    lines = done.stdout.decode("utf-8").splitlines()
    return {name_of(path): json.loads(line) for path, line in zip(paths, lines, strict=True)}


def clean(text):
    """As Postrider cleans texts: no control characters, line ends of one kind, no blanks around."""
    text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f]", " ", text.replace("\r\n", "\n"))
    return text.replace("\r", "").strip()


def words(text):
    return re.findall(r"\w+", text)


def visible(text):
    """The words of HTML, roughly."""
    text = re.sub(r"(?is)<!--.*?-->|<(style|script|title)\b.*?</\1>|<[^>]*>", " ", text)
    return words(html.unescape(text))


def witness(path):
    with open(path, "rb") as file:
        return email.message_from_bytes(file.read(), policy=email.policy.default)


def witness_text(message):
    """(text, made from HTML) of the part that a person would read."""
    body = message.get_body(("plain", "html"))
    if body is None:
        return "", False
    content = body.get_payload(decode=True)
    charset = body.get_content_charset("utf-8")
    try:
        text = content.decode(charset)
    except (LookupError, UnicodeDecodeError):
        text = content.decode("utf-8", "surrogateescape")
    return text, body.get_content_type() == "text/html"


def witness_attachments(message):
    """(name, type, bytes) of all that is neither the text nor around it."""
    body = message.get_body(("plain", "html"))
    found = []
    for part in message.walk():
        kind = part.get_content_type()
        is_text = kind in ("text/plain", "text/html") and not part.get_filename()
        if part.is_multipart() or part is body or is_text or kind in SIGNATURES:
            continue
        found.append([part.get_filename() or "", kind, len(part.get_payload(decode=True) or b"")])
    return found


# Postrider's reading where it is another, and why.
SUBJECTS = {
    "character_split_over_words": "Tür",  # Half a character in each word.
    "latin1_header": "Tür offen",  # Python marks 8-bit bytes that are no UTF-8.
    "latin1_labelled_utf8": "Tür",
    "quoted_printable_broken": "broken Ã=XX = and whole ü",
    "unknown_charset": "abc =?utf-8?x?abc?= d",  # Python drops words of an unknown encoding.
    "nul": "a b",
    "garbage_in_headers": "behind garbage",  # Python ends the headers there.
    "no_headers": "",
    "control_characters": "bell and escape",  # A colour is none of the text.
}
TEXTS = {
    "latin1_labelled_utf8": "Die Tür ist offen.",
    "flowed": "A paragraph that is longer than a line.\n\n> A quote that is longer too.\n>stuffed\n"
              "-- \nAnn",  # RFC 3676
    "garbage_in_headers": "body",
    "quoted_printable_broken": "50% of =XX, aü b joined \n100%",
    "mixed_line_ends": "one\ntwo\nthree\nfour",
    "mailbox_line": ">From here on it is text.",
    # Python has no text for these; a person wants one.
    "no_boundary": "The disk is full.",
    "wrong_boundary": "--wrong\nContent-Type: text/plain\n\nThe disk is full.\n--wrong--",
    "digest": "----- one (a@example.net) -----\n\ntext one\n\n"
              "----- two (b@example.net) -----\n\ntext two",
    "forwarded": "See below.\n\n"
                 "----- Platte 2 ist voll – sofort (NAS <nas@example.net>) -----\n\nBitte löschen",
    "control_characters": "red text      end",
    "alternative_blank": "Disk 2 failed",  # Its plain text is a blank.
    "comments": "body",  # Python takes the comment for a part of the type.
    "duplicate_headers": "plain",  # The last of two types.
    "delivery_status": "This is the mail system at host mx.example.org.\n\n"
                       "<bob@example.com>: host mail.example.com[192.0.2.1] said: 550 5.1.1 User\n"
                       "    unknown (in reply to RCPT TO command)\n\n"
                       "Reporting-MTA: dns; mx.example.org\n"
                       "Arrival-Date: Mon, 30 Nov 2026 10:59:58 +0000 (UTC)\n\n"
                       "Final-Recipient: rfc822; bob@example.com\nAction: failed\n"
                       "Status: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User unknown",
}
ATTACHMENTS = {
    # The mail that was not delivered, by its subject.
    "delivery_status": [["Dinner?", "message/rfc822", -1]],
    "comments": [], "no_boundary": [], "wrong_boundary": [],
}


def is_within(some, more):
    """All of some are in more, in their order."""
    rest = iter(more)
    return all(one in rest for one in some)


class Mails(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.read = readings()

    def each(self, check):
        for path in mails():
            name = name_of(path)
            with self.subTest(name):
                check(name, witness(path), self.read[name])

    def test_there_are_mails(self):
        self.assertGreater(len(self.read), 35)

    def test_subjects(self):
        def check(name, message, ours):
            subject = dict(reversed(ours["headers"])).get("subject", "")
            wanted = " ".join(clean(str(message["subject"] or "")).split())
            self.assertEqual(subject, SUBJECTS.get(name, wanted))
        self.each(check)

    def test_texts(self):
        def check(name, message, ours):
            text, is_html = witness_text(message)
            if name not in TEXTS and is_html:
                self.assertTrue(is_within(visible(text), words(ours["text"])), ours["text"])
            else:
                self.assertEqual(ours["text"], TEXTS.get(name, clean(text)))
        self.each(check)

    def test_attachments(self):
        def check(name, message, ours):
            found = [[one["name"], one["type"], one["bytes"]] for one in ours["attachments"]]
            self.assertEqual(found, ATTACHMENTS.get(name, witness_attachments(message)))
        self.each(check)

    def test_each_mail_is_a_message_or_a_loop(self):
        def check(name, _, ours):
            self.assertEqual(ours["refusal"], 508 if name == "own_mail" else 0)
            self.assertEqual(ours["message"] != "", name != "own_mail")
        self.each(check)

    def test_events_are_the_message_ids(self):
        def check(name, message, ours):
            wanted = str(message["message-id"] or "").strip()
            if ours["refusal"] == 0 and name != "garbage_in_headers":
                self.assertEqual(bool(ours["event"]), bool(wanted))
                self.assertIn(wanted, ours["event"])
        self.each(check)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
