"""The page at /ui/ in a real browser, against the real server: each view at two widths, in two
colours, with the keyboard, judged by axe; each action; and texts from outside stay texts."""

import unittest

from page_fixture import PageScenario, needs_browser


@needs_browser
class Page(PageScenario):
    def test_the_page_in_a_browser(self):
        self.start()
        self.seed()
        locked = self.start_locked()
        first, link = self.start_first()
        self.browse("all_test.mjs", keys=self.keys, first_link=link,
                    locked_url=f"http://127.0.0.1:{locked.port}/ui/")
        self.assert_stops(first)
        self.assert_stops(locked)
        self.assert_stops(self.server)


if __name__ == "__main__":
    unittest.main()
