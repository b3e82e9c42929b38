// SPDX-License-Identifier: Apache-2.0
#include "http/transport.hpp"
#include "http/parse_json.hpp"
#include "http/text.hpp"

#include <mnemic/version.hpp>

#include <curl/curl.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <memory>
#include <new>
#include <system_error>
#include <tuple>

namespace mnemic::http {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kMaxHeaderBytes = 256U << 10U;
constexpr std::size_t kMaxErrorBytes = 64U << 10U;  // of a body that only explains a failure

struct EasyDeleter {
  void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
};
struct MultiDeleter {
  void operator()(CURLM* multi) const noexcept { curl_multi_cleanup(multi); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;
using Multi = std::unique_ptr<CURLM, MultiDeleter>;
using List = std::unique_ptr<curl_slist, ListDeleter>;

void append(List& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  (void)list.release();  // it is the head of `longer`, or nothing
  list.reset(longer);
}

/// The value of header `name` (lower case, with its colon) if `line` is that header.
std::optional<std::string> header_value(std::string_view line, std::string_view name) {
  if (line.size() < name.size()) return std::nullopt;
  const auto same = [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? char(b | 0x20) : b); };
  if (!std::equal(name.begin(), name.end(), line.begin(), same)) return std::nullopt;
  line.remove_prefix(name.size());
  const std::size_t first = line.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return std::string();
  return std::string(line.substr(first, line.find_last_not_of(" \t\r\n") - first + 1));
}

/// One transfer under way. libcurl's callbacks are C: nothing may be thrown through them, so it is kept here.
class Transfer {
 public:
  Transfer(const Post& request, const BodySink& sink, const std::stop_token& stop)
      : request_(request), sink_(sink), stop_(stop), multi_(curl_multi_init()), easy_(curl_easy_init()) {
    if (!easy_ || !multi_) throw std::bad_alloc();
  }
  ~Transfer() {
    if (added_) curl_multi_remove_handle(multi_.get(), easy_.get());
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  Transfer(Transfer&&) = delete;
  Transfer& operator=(Transfer&&) = delete;

  Result<Answer> run() {
    if (stop_.stop_requested()) return cancelled();
    configure();
    if (refused_option_ != CURLE_OK) return fail(StatusCode::kInternal, "libcurl refuses an option", refused_option_);
    if (curl_multi_add_handle(multi_.get(), easy_.get()) != CURLM_OK) throw std::bad_alloc();
    added_ = true;
    // The one call on a multi handle that another thread may make.
    const std::stop_callback wake(stop_, [this] { curl_multi_wakeup(multi_.get()); });
    if (Status ended = drive(); !ended.ok()) return ended;
    if (thrown_) std::rethrow_exception(thrown_);
    if (cancelled_) return cancelled();
    if (stopped_by_sink_) return std::move(answer_);
    if (too_many_headers_) {
      return Status(StatusCode::kResourceExhausted, about("more than 256 KiB of headers"), answer_.status);
    }
    int left = 0;
    const CURLMsg* message = curl_multi_info_read(multi_.get(), &left);
    const CURLcode code = message != nullptr ? message->data.result : CURLE_RECV_ERROR;
    if (code != CURLE_OK) return failed(code);
    read_status();
    return std::move(answer_);
  }

 private:
  template <typename Value>
  void set(CURLoption option, Value value) {
    const CURLcode code = curl_easy_setopt(easy_.get(), option, value);
    if (code == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
    if (code != CURLE_OK && refused_option_ == CURLE_OK) refused_option_ = code;
  }

  void configure() {
    set(CURLOPT_URL, request_.endpoint.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, request_.endpoint.scheme.c_str());
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    // A redirect could carry the key, and the messages, elsewhere.
    set(CURLOPT_FOLLOWLOCATION, 0L);
    // Nothing from the environment or the home directory: no *_proxy variable, no .netrc.
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NOPROXY, "*");
    set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!request_.ca_file.empty()) {
      set(CURLOPT_CAINFO, request_.ca_file.c_str());
      set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
    }
    // No signal handler of the process is touched, and a look-up under way does not hold up a cancelled call.
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_QUICK_EXIT, 1L);
    // With a connection of an earlier call libcurl would send the request again when that turned out dead.
    set(CURLOPT_FRESH_CONNECT, 1L);
    set(CURLOPT_FORBID_REUSE, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.connect_timeout.count()));
    set(CURLOPT_USERAGENT, "mnemic/" MNEMIC_VERSION);
    set(CURLOPT_ERRORBUFFER, error_.data());

    append(headers_, "Content-Type: application/json");
    append(headers_, "Accept: " + std::string(request_.accept));
    append(headers_, "Expect:");  // a long body goes at once, without asking first
    if (!request_.secret.empty()) append(headers_, "Authorization: Bearer " + std::string(request_.secret));
    set(CURLOPT_HTTPHEADER, headers_.get());
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    set(CURLOPT_POSTFIELDS, request_.body.data());

    set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    set(CURLOPT_WRITEDATA, static_cast<void*>(this));
    set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  }

  /// Moves bytes until libcurl is done, a deadline has passed or the caller cancels.
  Status drive() {
    const auto end = SteadyClock::now() + request_.timeout;
    auto quiet_since = SteadyClock::now();
    Progress before;
    for (;;) {
      int running = 0;
      if (const CURLMcode code = curl_multi_perform(multi_.get(), &running); code != CURLM_OK) {
        return code == CURLM_OUT_OF_MEMORY ? Status(StatusCode::kResourceExhausted, "out of memory")
                                           : Status(StatusCode::kInternal, about(curl_multi_strerror(code)));
      }
      if (running == 0) return {};
      if (stop_.stop_requested()) return cancelled();
      const auto now = SteadyClock::now();
      if (now >= end) return late("no end within timeout of", request_.timeout);
      // Until there is a connection, libcurl's own connect timeout counts.
      const Progress progress = progress_now();
      if (progress != before || !connected()) {
        quiet_since = now;
        before = progress;
      } else if (now - quiet_since >= request_.stall_timeout) {
        return late("silent for stall_timeout of", request_.stall_timeout);
      }
      const auto wait = std::chrono::ceil<milliseconds>(std::min(end, quiet_since + request_.stall_timeout) - now);
      if (curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(wait.count()), nullptr) != CURLM_OK) {
        return Status(StatusCode::kIo, about("waiting for the connection failed"));
      }
    }
  }

  /// Changes with every byte that goes or comes.
  using Progress = std::tuple<curl_off_t, curl_off_t, curl_off_t, std::size_t, std::size_t>;
  Progress progress_now() const {
    curl_off_t sent = 0;
    curl_off_t received = 0;
    curl_off_t connected_after = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_SIZE_UPLOAD_T, &sent);
    curl_easy_getinfo(easy_.get(), CURLINFO_SIZE_DOWNLOAD_T, &received);
    curl_easy_getinfo(easy_.get(), CURLINFO_PRETRANSFER_TIME_T, &connected_after);
    return {sent, received, connected_after, header_bytes_, body_bytes_};
  }
  bool connected() const {
    curl_off_t after = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_PRETRANSFER_TIME_T, &after);
    return after > 0;
  }

  static std::size_t on_body(char* bytes, std::size_t, std::size_t size, void* self) noexcept {
    return static_cast<Transfer*>(self)->take_body({bytes, size}) ? size : 0;
  }
  static std::size_t on_header(char* bytes, std::size_t, std::size_t size, void* self) noexcept {
    return static_cast<Transfer*>(self)->take_header({bytes, size}) ? size : 0;
  }

  bool take_body(std::string_view bytes) noexcept {
    body_bytes_ += bytes.size();
    try {
      if (stop_.stop_requested()) {
        cancelled_ = true;
        return false;
      }
      read_status();
      stopped_by_sink_ = answer_.status < 300 ? !sink_(bytes) : !take_words(bytes);
      return !stopped_by_sink_;
    } catch (...) {
      thrown_ = std::current_exception();
      return false;
    }
  }

  bool take_words(std::string_view bytes) {
    answer_.words.append(bytes.substr(0, kMaxErrorBytes - answer_.words.size()));
    return answer_.words.size() < kMaxErrorBytes;
  }

  bool take_header(std::string_view line) noexcept {
    header_bytes_ += line.size();
    too_many_headers_ = header_bytes_ > kMaxHeaderBytes;
    try {
      if (auto value = header_value(line, "location:")) answer_.location = *std::move(value);
      if (auto value = header_value(line, "retry-after:")) answer_.retry_after = *std::move(value);
    } catch (...) {
      thrown_ = std::current_exception();
      return false;
    }
    return !too_many_headers_;
  }

  void read_status() {
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    answer_.status = static_cast<int>(status);
  }

  [[nodiscard]] std::string about(std::string_view what) const {
    return request_.endpoint.authority + ": " + std::string(what);
  }

  Status cancelled() {
    read_status();
    return Status(StatusCode::kCancelled, about("cancelled by the caller"), answer_.status);
  }

  Status late(std::string_view what, milliseconds limit) {
    read_status();
    return Status(StatusCode::kBusy, about(what) + " " + std::to_string(limit.count()) + " ms", answer_.status);
  }

  Status fail(StatusCode code, std::string_view what, CURLcode reason) {
    read_status();
    const std::string_view said = error_[0] != '\0' ? std::string_view(error_.data()) : curl_easy_strerror(reason);
    return Status(code, about(what) + ": " + excerpt(said, request_.secret), answer_.status);
  }

  Status failed(CURLcode code) {
    switch (code) {
      case CURLE_OUT_OF_MEMORY:
        throw std::bad_alloc();
      case CURLE_OPERATION_TIMEDOUT:
        return late("no connection within connect_timeout of", request_.connect_timeout);
      case CURLE_COULDNT_RESOLVE_HOST:
        return fail(StatusCode::kIo, "host not found", code);
      case CURLE_COULDNT_CONNECT: {
        long error = 0;
        curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &error);
        if (error == 0) return fail(StatusCode::kIo, "no connection", code);
        return Status(StatusCode::kIo,
                      about("no connection: ") + std::generic_category().message(static_cast<int>(error)));
      }
      case CURLE_SSL_CACERT_BADFILE:
        if (!request_.ca_file.empty()) return Status(StatusCode::kInvalidArgument, "ca_file: not a readable PEM file");
        return fail(StatusCode::kIo, "TLS", code);
      case CURLE_SSL_CONNECT_ERROR:
      case CURLE_PEER_FAILED_VERIFICATION:
      case CURLE_SSL_CERTPROBLEM:
      case CURLE_SSL_CIPHER:
      case CURLE_SSL_ISSUER_ERROR:
        return fail(StatusCode::kIo, "TLS", code);
      case CURLE_PARTIAL_FILE:
      case CURLE_GOT_NOTHING:
      case CURLE_SEND_ERROR:
      case CURLE_RECV_ERROR:
        return fail(StatusCode::kIo, "the connection ended early", code);
      default:
        return fail(StatusCode::kIo, "not a usable HTTP answer", code);
    }
  }

  const Post& request_;
  const BodySink& sink_;
  const std::stop_token& stop_;
  List headers_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  Multi multi_;
  Easy easy_;  // after what it points to: it goes first
  bool added_ = false;
  CURLcode refused_option_ = CURLE_OK;
  Answer answer_;
  std::size_t header_bytes_ = 0;
  std::size_t body_bytes_ = 0;
  bool too_many_headers_ = false;
  bool stopped_by_sink_ = false;
  bool cancelled_ = false;
  std::exception_ptr thrown_;
};

StatusCode code_of(int status) {
  switch (status) {
    case 401:
    case 403:
      return StatusCode::kPermissionDenied;
    case 404:
      return StatusCode::kNotFound;
    case 413:
      return StatusCode::kResourceExhausted;
    case 408:
    case 429:
    case 503:
      return StatusCode::kBusy;
    default:
      return status >= 300 && status < 500 ? StatusCode::kInvalidArgument : StatusCode::kIo;
  }
}

/// The words of an error body, in the shapes that servers use; the body itself when it has none of them.
std::string words_of(const std::string& body) {
  using Json = nlohmann::json;
  const Json tree = parse_json(body);
  if (tree.is_discarded()) return body;
  const Json* words = &tree;
  for (const char* name : {"error", "message", "detail"}) {
    if (words->is_object() && words->contains(name) && !(*words)[name].is_null()) words = &(*words)[name];
  }
  return words->is_string() ? words->get<std::string>() : words->dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Status start_curl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code == CURLE_OK) return {};
  return Status(code == CURLE_OUT_OF_MEMORY ? StatusCode::kResourceExhausted : StatusCode::kInternal,
                std::string("libcurl does not start: ") + curl_easy_strerror(code));
}

Result<Answer> post(const Post& request, const BodySink& sink, const std::stop_token& stop) {
  return Transfer(request, sink, stop).run();
}

Status status_of(const Answer& answer, const Post& request) {
  std::string message = request.endpoint.authority + ": HTTP " + std::to_string(answer.status);
  if (answer.status >= 300 && answer.status < 400) {
    message += ", a redirect, which is not followed: set url to where the server is";
    if (!answer.location.empty()) message += ": " + excerpt(answer.location, request.secret);
  } else {
    if (std::string words = excerpt(words_of(answer.words), request.secret); !words.empty()) message += ": " + words;
    if (!answer.retry_after.empty()) message += " (retry after: " + excerpt(answer.retry_after, request.secret) + ")";
  }
  return Status(code_of(answer.status), std::move(message), answer.status);
}

}  // namespace mnemic::http
