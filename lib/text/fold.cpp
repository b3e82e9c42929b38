// SPDX-License-Identifier: Apache-2.0
// Folding on utf8proc's tables, with short cuts for ASCII and for Chinese characters.
#include "text/fold.hpp"

#include <utf8proc.h>

#include <array>

#include "core/utf8.hpp"

namespace mnemic::text {
namespace {

/// Folds to itself and never joins a neighbour: unified ideographs.
bool is_inert(char32_t c) {
  return (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0x9FFF);
}

bool is_apostrophe(char32_t c) {
  return c == 0x2018 || c == 0x2019 || c == 0x02BC || c == 0xFF07;
}

void decompose(const std::u32string& from, int options, std::u32string& to) {
  std::array<utf8proc_int32_t, 64> parts{};
  to.clear();
  for (const char32_t c : from) {
    int boundary = 0;
    const auto count = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), parts.data(),
                                               static_cast<utf8proc_ssize_t>(parts.size()),
                                               static_cast<utf8proc_option_t>(options), &boundary);
    if (count < 0 || count > static_cast<utf8proc_ssize_t>(parts.size())) {
      to.push_back(c);
      continue;
    }
    for (utf8proc_ssize_t i = 0; i < count; ++i) to.push_back(static_cast<char32_t>(parts[std::size_t(i)]));
  }
  core::sort_combining_marks(to);
}

/// Folds stretches between ASCII characters and ideographs. Neither composes with what stands before or behind it, so
/// each stretch stands alone.
class StretchFolder {
 public:
  void push(char32_t c) { stretch_.push_back(c); }

  void flush(std::string& out) {
    if (stretch_.empty()) return;
    decompose(stretch_, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT, scratch_);
    decompose(scratch_, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD, stretch_);
    std::erase_if(stretch_, [](char32_t c) { return c >= 0x300 && c <= 0x36F; });
    const auto length = utf8proc_normalize_utf32(reinterpret_cast<utf8proc_int32_t*>(stretch_.data()),
                                                 static_cast<utf8proc_ssize_t>(stretch_.size()),
                                                 static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    if (length >= 0) stretch_.resize(static_cast<std::size_t>(length));
    for (const char32_t c : stretch_) core::append_utf8(out, c);
    stretch_.clear();
  }

 private:
  std::u32string stretch_;
  std::u32string scratch_;
};

}  // namespace

void fold(std::string_view utf8, std::string& out) {
  out.clear();
  out.reserve(utf8.size());
  StretchFolder folder;
  for (std::size_t at = 0; at < utf8.size();) {
    const char byte = utf8[at];
    if (static_cast<unsigned char>(byte) < 0x80) {
      folder.flush(out);
      out.push_back(byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte | 0x20) : byte);
      ++at;
      continue;
    }
    const core::CodePoint point = core::code_point_at(utf8, at);
    if (is_apostrophe(point.value)) {
      folder.flush(out);
      out.push_back('\'');
    } else if (is_inert(point.value)) {
      folder.flush(out);
      out.append(utf8.substr(at, point.size));
    } else {
      folder.push(point.value);
    }
    at += point.size;
  }
  folder.flush(out);
}

}  // namespace mnemic::text
