"""One line of advice for the mistakes that beginners make with coroutines, told by what the compiler says of them.

Clang and GCC have words of their own for each. Quotes are made alike first, and the first rule that fits wins.
"""

import re

_NO_PROMISE = r"coroutine_traits<|unable to find the promise type"
_RULES = [(re.compile(sign), words) for sign, words in (
    (r"return statement not allowed in coroutine|a 'return' statement is not allowed in coroutine",
     "A coroutine gives its value back with co_return. Write co_return where it says return."),
    (r"cannot be used in a function with a deduced return type",
     "A coroutine must name its return type. Write kettle::Task<...> as the type; for a lambda: "
     "[](...) -> kettle::Task<...> { ... }."),
    (r"'co_await' cannot be used outside a function",
     "co_await stands inside the body of a coroutine only. Take the value as a parameter, and await where it is called."),
    (r"in the handler of a try block|await expressions are not permitted in handlers",
     "No co_await inside of catch. Keep what you need in a variable, leave the catch, and await behind it."),
    (r"non-throwing",
     "Write noexcept behind final_suspend(): it must promise not to throw."),
    (r"declares both 'return_value' and 'return_void'",
     "A promise has one of the two: return_void() when there is no value to return, return_value(v) when there is one."),
    (r"no member named 'await_(ready|suspend|resume)' in '(?!kettle::)|'await_(ready|suspend|resume)' is not a member",
     "What co_await gets must have await_ready, await_suspend and await_resume. A future has poll instead: await it inside "
     "of a kettle::Task."),
    (r"co_await inside a Task takes a Future|no member named 'await_resume' in 'kettle::Await<|await_transform'",
     "What stands behind co_await is no future. A future has `using Output = ...;` and `kettle::Poll<Output> "
     "poll(kettle::Context&)`. To wait for a while: co_await kettle::sleep(2s)."),
    (r"no member named 'return_value'.*",
     "This coroutine has no value to return: write co_return; alone, or give the function a type with a value, as "
     "kettle::Task<int>. (Is the promise yours? Then it lacks return_value.)"),
    (r"no member named 'return_void' in '[^']*(Task<|__coroutine_traits_impl<kettle::)",
     "This coroutine owes a value: write co_return and the value. For a coroutine without one, make it a kettle::Task<>."),
    (r"no member named 'return_void'",
     "The promise lacks return_void(): it is called at co_return without a value, and at the closing brace."),
    (r"unhandled_exception",
     "The promise lacks unhandled_exception(): it is called in the catch that stands around the whole coroutine."),
    (r"no member named 'get_return_object'",
     "The promise lacks get_return_object(): it makes what the caller of the coroutine gets."),
    (r"no member named '(initial|final)_suspend'",
     "The promise lacks this function. Return std::suspend_always to stop there, std::suspend_never to go on."),
    (rf"({_NO_PROMISE})",
     "co_await and co_return make a function a coroutine, and its return type must be one for coroutines: kettle::Task<...>. "
     "A type of your own needs a promise_type inside."),
    (r"ignoring return(ed)? value.*(Task|nodiscard)",
     "This makes something and throws it away at once: a Task that nobody polls never runs. Write co_await before it."),
    (r"(deleted|implicitly-deleted)[^\n]*(copy constructor of 'kettle::|kettle::\w+<[^\n]*\(const kettle::)",
     "This cannot be copied: there is one of it. Hand it on with std::move(...), or take a reference."),
    (r"deleted[^\n]*std::(unique_ptr|thread|future|promise)",
     "This cannot be copied: there is one of it. Hand it on with std::move(...)."),
    (r"(from|convert)[^\n]*'kettle::(Task|JoinHandle|Sleep)<",
     "A Task is a recipe, and not yet its value. Write co_await before it, inside a coroutine."),
    (r"(invalid operands to binary expression|no match for 'operator)[^\n]*kettle::Task<",
     "A Task is a recipe, and not yet its value. Write co_await before it, in a line of its own: const int n = co_await f();"),
    (r"to [^\n]*'kettle::Poll<",
     "A poll answers with a Poll: return kettle::Ready(value) when it is there, kettle::pending when not yet."),
    (r"(non-void coroutine|no return statement in).*return|does not return a value in all control paths",
     "There is a way to the end without co_return. Every way through a coroutine with a value ends in co_return or throws."),
    (r"did you mean",
     "The compiler has a guess at the name you mean: see the end of the line."),
    (r"no (member|type|template) named '\w+' in namespace 'kettle|is not a member of 'kettle",
     "Kettle has no such name here. Is it spelt right, and does the file include the header that brings it (kettle/....hpp)?"),
    (r"(cannot open source file|file not found|No such file)",
     "There is no file of that name. The runtime's headers are in runtime/kettle: #include <kettle/NAME.hpp>."),
    (r"expected ';'|expected ',' or ';'",
     "A semicolon is missing, at the place of the mark or at the end of the line before."),
    (r"expected '}'|expected \}|at end of input|unterminated",
     "A brace is missing: count the { and }, from the end of the file upwards."),
)]
_LAMBDA = re.compile(r"\[(?P<capture>[^\[\]]+)\]\s*(\([^()]*\))?[^;{}()]*\{(?P<body>[^{}]*(\{[^{}]*\}[^{}]*)*)\}")
_CAPTURES = ("A lambda that captures and is a coroutine: its captures live in the lambda, which is often gone when the coroutine "
             "goes on. Take them as parameters.")


def alike(text: str) -> str:
    """A compiler's words with plain quotes."""
    return text.replace("\u2018", "'").replace("\u2019", "'")


def on(lines: list) -> str:
    """Advice on what the compiler says; "" when there is none."""
    text = alike("\n".join(lines))
    return next((words for sign, words in _RULES if sign.search(text)), "")


def on_source(text: str, name: str) -> str:
    """Advice on what no compiler says anything about; "" when there is none. `name` is the file's."""
    code = re.sub(r"//[^\n]*|\"(?:\\.|[^\"\\\n])*\"", lambda found: " " * len(found[0]), text)
    for found in _LAMBDA.finditer(code):
        if re.search(r"\bco_(await|return|yield)\b", found["body"]) and re.match(r"\s*[&=\w*]", found["capture"]):
            before = code[:found.start()].rstrip()[-1:]
            if before and (before.isalnum() or before in "_])"):
                continue  # an index, and no lambda
            return f"{name}:{code.count(chr(10), 0, found.start()) + 1}: {_CAPTURES}"
    return ""
