// The page, and the two ways to miss it.
#include "site.hpp"

namespace hello {
namespace {

constexpr std::string_view page =
    "<!doctype html>\n"
    "<html lang=\"en\">\n"
    "<meta charset=\"utf-8\">\n"
    "<title>Hello</title>\n"
    "<h1>Hello from async C++!</h1>\n";

constexpr std::string_view allow = "Allow: GET, HEAD\r\n";

}  // namespace

Site::Answer::Answer(Response response) {
  for (const bool without_body : {false, true}) {
    for (const bool keep_alive : {false, true}) {
      response.without_body = without_body;
      response.keep_alive = keep_alive;
      forms_[without_body][keep_alive] = respond(response);
    }
  }
}

Site::Site()
    : page_({.body = page, .content_type = "text/html; charset=utf-8"}),
      not_found_({.status = 404, .body = "There is one page here: /\n"}),
      not_allowed_({.status = 405, .body = "This page can only be read.\n", .more_fields = allow}) {}

int Site::status(const Request& request) const {
  if (request.method != "GET" && request.method != "HEAD") return 405;
  return request.path() == "/" ? 200 : 404;
}

std::string_view Site::answer(const Request& request, bool keep_alive) const {
  const int found = status(request);
  const Answer& answer = found == 200 ? page_ : found == 404 ? not_found_ : not_allowed_;
  return answer.form(request.method == "HEAD", keep_alive);
}

std::string Site::refusal(int status) {
  const std::string body = std::string(reason_phrase(status)) + "\n";
  return respond(
      {.status = status, .body = body, .more_fields = status == 405 ? allow : std::string_view(), .keep_alive = false});
}

}  // namespace hello
