"""A server whose email provider sends to the server's own address: its mails end there."""

import unittest

from smtp_fixture import WithMail, mail_text


class OwnMails(WithMail):
    def sources(self):
        return [*super().sources(), {"name": "echo", "type": "mail", "to": ["user:9"]}]

    def make_server(self, database, providers, /, **sections):
        own = {"name": "mail", "type": "email", "url": f"smtp://127.0.0.1:{self.port}",
               "starttls": "never", "from": "postrider@host.example", "timeout": "5s"}
        return super().make_server(database, [*providers, own], **sections)

    def setUp(self):
        super().setUp()
        answer = self.server.request("PUT", "/v1/users/9/providers",
                                     [{"provider": "mail", "address": "echo@host.example"}])
        self.assertEqual(answer.status, 200, answer)

    def assert_refused_once(self):
        """The last mail to the source was refused as a loop, and none came after it."""
        mails = self.requests("echo")
        loops = [one for one in mails if one["status"] == 554]
        self.assertEqual(len(loops), 1, mails)
        self.assertIn("X-Postrider-Trace", loops[0]["detail"])
        self.assertEqual(mails[0]["status"], 554)

    def test_a_message_to_the_own_address_fails_with_the_reason(self):
        posted = self.server.request("POST", "/v1/messages", {"user_id": 9, "message": "hello"})
        self.assertEqual(posted.status, 202, posted)
        ended = self.server.wait_for_end(posted.json)
        self.assertEqual(ended["status"], "failed", ended)
        self.assert_refused_once()

    def test_a_mail_that_comes_back_as_a_mail_is_sent_once(self):
        answer = self.session().mail(mail_text("Round", message_id="1"), "echo@x")
        ended = self.server.wait_for_end({"message_id": answer.split()[-1]})
        self.assertEqual(ended["status"], "failed", ended)
        self.assert_refused_once()
        self.assertEqual([one["status"] for one in self.requests("echo")], [554, 250])


if __name__ == "__main__":
    unittest.main()
