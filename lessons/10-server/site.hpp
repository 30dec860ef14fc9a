#pragma once
// Site: what is served: one page, and what is said to those who want something else. Lesson 10.
//
// No sockets here: a request in, the bytes of its answer out. There are few different answers, so they are made once,
// and sending one takes no memory.

#include <string>
#include <string_view>

#include "http.hpp"

namespace hello {

/// The answers, each in the four forms in which it is sent.
class Site {
 public:
  Site();

  /// 200 for the page, 404 for other paths, 405 for methods other than GET and HEAD.
  int status(const Request& request) const;

  /// The bytes of the answer. `keep_alive`: whether the connection stays open after it.
  std::string_view answer(const Request& request, bool keep_alive) const;

  /// The bytes of the last answer on a connection: `status` says why it is.
  static std::string refusal(int status);

 private:
  /// One answer: with and without its body, for a connection that closes or stays open.
  class Answer {
   public:
    explicit Answer(Response response);
    std::string_view form(bool without_body, bool keep_alive) const { return forms_[without_body][keep_alive]; }

   private:
    std::string forms_[2][2];
  };

  Answer page_;
  Answer not_found_;
  Answer not_allowed_;
};

}  // namespace hello
