"""Tests of the library of clips."""
