"""A measurement's results beside their bounds."""


def percentile(sorted_values, share):
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * share))]


class Report:
    def __init__(self):
        self.missed = []

    def head(self, text):
        print(f"\n{text}", flush=True)

    def say(self, what, text):
        print(f"  {what:<46} {text}", flush=True)

    def figure(self, what, value, unit, bound=None):
        """A bound is what the value must not exceed."""
        text = f"{value:.2f} {unit}"
        if bound is not None:
            text += f" (bound {bound:g} {unit})"
        if bound is not None and value > bound:
            text += "  MISSED"
            self.missed.append(f"{what}: {value:.2f} {unit}, bound {bound:g} {unit}")
        self.say(what, text)

    def latencies(self, what, seconds, bound_ms=None, more=""):
        """The bound is that of the 99th percentile."""
        if not seconds:
            self.missed.append(f"{what}: nothing was measured")
            return self.say(what, "nothing was measured  MISSED")
        ms = sorted(one * 1000 for one in seconds)
        p50, p99 = percentile(ms, 0.5), percentile(ms, 0.99)
        text = f"p50 {p50:7.2f}  p99 {p99:7.2f}  max {ms[-1]:7.2f}  {more} ms"
        if bound_ms is not None and p99 > bound_ms:
            text += f"  MISSED {bound_ms:g} ms"
            self.missed.append(f"{what}: p99 {p99:.2f} ms, bound {bound_ms:g} ms")
        return self.say(what, text)

    def end(self):
        """The exit code."""
        print()
        for one in self.missed:
            print(f"MISSED  {one}")
        if not self.missed:
            print("All within their bounds.")
        return 1 if self.missed else 0
