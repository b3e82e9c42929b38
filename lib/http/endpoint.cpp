// SPDX-License-Identifier: Apache-2.0
#include "http/endpoint.hpp"
#include "http/option_checks.hpp"
#include "http/text.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <new>
#include <optional>

namespace mnemic::http {
namespace {

struct UrlDeleter {
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, UrlDeleter>;

std::optional<std::string> part_of(const Url& url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  const CURLUcode code = curl_url_get(url.get(), part, &text, flags);
  if (code == CURLUE_OUT_OF_MEMORY) throw std::bad_alloc();
  if (code != CURLUE_OK || text == nullptr) return std::nullopt;
  const std::unique_ptr<char, void (*)(void*)> owner(text, curl_free);
  return std::string(text);
}

bool is_loopback(const std::string& host) {
  if (host == "localhost" || host == "[::1]") return true;
  return host.starts_with("127.") && std::count(host.begin(), host.end(), '.') == 3 &&
         host.find_first_not_of("0123456789.") == std::string::npos;
}

}  // namespace

Result<Endpoint> parse_endpoint(const std::string& base, std::string_view path, std::string_view field) {
  const auto refuse = [&](std::string_view what) { return http::refuse(field, what); };
  if (base.empty()) return refuse("empty");
  if (!is_plain_ascii(base)) return refuse("a space, a control character or one beyond ASCII in it");
  const Url url(curl_url());
  if (!url) throw std::bad_alloc();
  if (curl_url_set(url.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK) {
    return refuse("expected http://host[:port]/path or https://...");
  }

  Endpoint endpoint;
  endpoint.scheme = part_of(url, CURLUPART_SCHEME).value_or("");
  if (endpoint.scheme != "http" && endpoint.scheme != "https") return refuse("only http and https are spoken");
  if (part_of(url, CURLUPART_USER) || part_of(url, CURLUPART_PASSWORD)) {
    return refuse("holds a user name or password; give api_key instead");
  }
  if (part_of(url, CURLUPART_FRAGMENT)) return refuse("holds a fragment (#...)");
  std::string host = part_of(url, CURLUPART_HOST).value_or("");
  std::transform(host.begin(), host.end(), host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? char(c | 0x20) : c; });
  if (host.empty()) return refuse("no host");
  endpoint.loopback = is_loopback(host);
  endpoint.authority = host + ":" + part_of(url, CURLUPART_PORT, CURLU_DEFAULT_PORT).value_or("");

  std::string full = part_of(url, CURLUPART_PATH).value_or("");
  while (full.ends_with('/')) full.pop_back();
  if (!full.ends_with(path)) full += path;
  if (curl_url_set(url.get(), CURLUPART_PATH, full.c_str(), 0) != CURLUE_OK) return refuse("a broken path");
  endpoint.url = part_of(url, CURLUPART_URL).value_or("");
  if (endpoint.url.empty()) return refuse("cannot be used");
  return endpoint;
}

}  // namespace mnemic::http
