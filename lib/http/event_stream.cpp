// SPDX-License-Identifier: Apache-2.0
#include "http/event_stream.hpp"

#include <utility>

namespace mnemic::http {

bool EventStream::feed(std::string_view bytes, const EventSink& sink) {
  while (!bytes.empty()) {
    if (std::exchange(after_cr_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    const std::size_t end = bytes.find_first_of("\r\n");
    line_.append(bytes.substr(0, end));
    if (end == std::string_view::npos) return true;
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    if (!end_line(sink)) return false;
  }
  return true;
}

bool EventStream::finish(const EventSink& sink) {
  if (!line_.empty() && !end_line(sink)) return false;
  return end_line(sink);
}

bool EventStream::end_line(const EventSink& sink) {
  std::string line = std::exchange(line_, {});
  std::string_view rest = line;
  if (std::exchange(first_line_, false) && rest.starts_with("\xef\xbb\xbf")) rest.remove_prefix(3);
  if (rest.empty()) {
    if (!std::exchange(has_data_, false)) return true;
    return sink(std::exchange(data_, {}));
  }
  const std::size_t colon = rest.find(':');
  if (rest.substr(0, colon) != "data") return true;
  rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  if (std::exchange(has_data_, true)) data_.push_back('\n');
  data_.append(rest);
  return true;
}

}  // namespace mnemic::http
