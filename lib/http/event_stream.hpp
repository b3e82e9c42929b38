// SPDX-License-Identifier: Apache-2.0
// EventStream: takes server-sent events apart (WHATWG HTML, section 9.2.6), however the bytes are cut.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace mnemic::http {

/// Gets the data of each event, lines joined by newlines; false ends the reading.
using EventSink = std::function<bool(std::string_view data)>;

/// Lines end with LF, CRLF or CR; comments and fields other than `data` are passed over; an empty line ends an event.
class EventStream {
 public:
  /// False once `sink` said so.
  bool feed(std::string_view bytes, const EventSink& sink);
  /// The end of the body also ends an event: not every server sends the last empty line.
  bool finish(const EventSink& sink);

 private:
  bool end_line(const EventSink& sink);

  std::string line_;
  std::string data_;
  bool has_data_ = false;
  bool first_line_ = true;
  bool after_cr_ = false;
};

}  // namespace mnemic::http
