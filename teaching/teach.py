"""What a class needs, made from the course's own texts: ``python3 lesson.py teach`` lists it.

Everything lands in the folder classroom/, which git ignores; delete it at will.
"""

import importlib
import sys

# What can be typed: the file whose function of that name does it, and what the help says. The
# function gets the other arguments, a list of texts.
COMMANDS = {
    "student": ("versions", "[NN ...]  notebooks without answers: classroom/student"),
    "key": ("versions", "[NN ...]  the same with the answers in place: classroom/key"),
    "quiz": ("quiz", "[NN ...]  questions to print, to project, for Moodle: classroom/quiz"),
    "grade": ("grade", "FOLDER [NN ...]  what was handed in: classroom/grades.csv, feedback"),
    "room": ("room", "[windows mac mac-intel linux]  a folder for a room without network"),
    "preflight": ("preflight", "           is this machine ready for class? Ten seconds"),
}


def explain():
    """Say what can be typed."""
    print("Usage: python3 lesson.py teach COMMAND ...\n")
    for name, (_, words) in COMMANDS.items():
        print(f"  {name:11}{words}")
    print("\nFor example: python3 lesson.py teach student 04 05\nPlans and notes: teaching/")


def main(arguments):
    """Do what was asked for; without arguments, say what there is."""
    name, *rest = arguments or ["help"]
    if name in ("help", "-h", "--help"):
        return explain()
    if name not in COMMANDS:
        sys.exit(f"teach has no command '{name}'. It has: {', '.join(COMMANDS)}.")
    module = importlib.import_module(COMMANDS[name][0])
    return getattr(module, name)(rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
