// SPDX-License-Identifier: Apache-2.0
// EventStream: the same events however the bytes are cut.
#include "http/event_stream.hpp"
#include "support/catch.hpp"

#include <string>
#include <vector>

using mnemic::http::EventStream;

namespace {

std::vector<std::string> events_of(std::string_view bytes, std::size_t cut) {
  std::vector<std::string> events;
  const auto keep = [&](std::string_view data) {
    events.emplace_back(data);
    return true;
  };
  EventStream stream;
  for (std::size_t at = 0; at < bytes.size(); at += cut) REQUIRE(stream.feed(bytes.substr(at, cut), keep));
  REQUIRE(stream.finish(keep));
  return events;
}

}  // namespace

TEST_CASE("event stream: fields, comments and line ends") {
  using Events = std::vector<std::string>;
  const std::vector<std::pair<std::string, Events>> cases{
      {"data: a\n\ndata:b\n\n", {"a", "b"}},
      {"data: a\r\n\r\ndata: b\r\n\r\n", {"a", "b"}},
      {"data: a\r\rdata: b\r\r", {"a", "b"}},
      {"data: a\ndata: b\n\n", {"a\nb"}},
      {"data:  a \n\n", {" a "}},
      {"data\n\n", {""}},
      {"data:\ndata:\n\n", {"\n"}},
      {": comment\n\n:\n\nevent: x\nid: 1\nretry: 5\n\ndata: a\n\n", {"a"}},
      {"event: x\ndata: a\nid: 2\n\n", {"a"}},
      {"\xef\xbb\xbf"
       "data: a\n\n",
       {"a"}},
      {"datax: a\nxdata: b\n data: c\n\n", {}},
      {"data: a: b\n\n", {"a: b"}},
      {"data: a\n\ndata: cut", {"a", "cut"}},
      {"data: a\n\ndata: cut\n", {"a", "cut"}},
      {"", {}},
      {"\n\n\r\n\r", {}},
  };
  for (const auto& [bytes, expected] : cases) {
    for (const std::size_t cut : {1, 2, 3, 7, 1000}) {
      INFO(bytes << " cut every " << cut);
      CHECK(events_of(bytes, cut) == expected);
    }
  }
}

TEST_CASE("event stream: a sink that has enough gets no more") {
  EventStream stream;
  int calls = 0;
  const auto once = [&](std::string_view) {
    ++calls;
    return false;
  };
  CHECK_FALSE(stream.feed("data: a\n\ndata: b\n\n", once));
  CHECK(calls == 1);
}
