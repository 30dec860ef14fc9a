"""./learn on a terminal: watches the current exercise's file, judges it at every save, answers single keys.

    loop      waits for keys, saves, results; the only place that waits
    session   what a key, a save or a result does; knows no terminal
    shown     what a session shows: header, page, footer
    pages     the pages as lines: verdict, list, hint, difference, solution, trace
    view      fits header, page and footer into the terminal's rows and columns
    job       work in a child process that can be given up
    watched   whether a file was saved
    terminal  single keys and a screen of its own, and how to leave both as they were
    keys      what was typed
    folding   lines too long for the terminal, colours included
"""
