"""The rival's side of a comparison that bench/rivals runs: it works when it is told to, so that both sides take turns."""

import json
import sys
import time


def say(**values):
    print(json.dumps(values), file=sys.__stdout__, flush=True)


class Turns:
    """Waits for a line "go N" and prints the wall and processor seconds of one of the N steps that it starts."""

    def __init__(self, ready):
        self.ready = ready
        self.count = 0

    def next(self):
        """Ends the step before, if there is one, and waits for the next order; 0 where no more are wanted."""
        now = time.perf_counter(), time.process_time()
        if self.count:
            say(wall=(now[0] - self.wall) / self.count, processor=(now[1] - self.processor) / self.count)
        else:
            say(ready=self.ready)
        line = sys.stdin.readline()
        self.count = int(line[len("go ") :]) if line else 0
        self.wall, self.processor = time.perf_counter(), time.process_time()
        return self.count


def serve(ready, step):
    turns = Turns(ready)
    while count := turns.next():
        for _ in range(count):
            step()
