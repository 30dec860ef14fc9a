"""The course tool behind ./learn: finds tools, builds, judges exercises, keeps the learner's place.

Standard library only, Python 3.9 or newer. Every module does one thing; course/cli.py is the way in.
"""
