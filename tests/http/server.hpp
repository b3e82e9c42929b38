// SPDX-License-Identifier: Apache-2.0
// LlmServer: llm_server.py or embed_server.py as a child process, for one test; sockets that refuse or ignore a client.
#pragma once

#include <string>

#include <sys/types.h>

namespace mnemic::test {

enum class Tls { kNo, kYes };

class LlmServer {
 public:
  explicit LlmServer(Tls tls = Tls::kNo, const std::string& script = "llm_server.py");
  ~LlmServer();  ///< closes its standard input, and waits until it has ended
  LlmServer(const LlmServer&) = delete;
  LlmServer& operator=(const LlmServer&) = delete;

  /// "http://127.0.0.1:PORT/BEHAVIOUR/v1".
  [[nodiscard]] std::string url(const std::string& behaviour) const;
  [[nodiscard]] std::string port() const { return port_; }

 private:
  pid_t pid_ = -1;
  int in_ = -1;
  std::string port_;
};

/// The file with the certificate for `localhost` that a server with TLS uses.
std::string certificate_file();

/// A port of 127.0.0.1 that is taken, and where nobody listens, or where connections wait until `accept`.
class Socket {
 public:
  enum class Kind { kRefuses, kIgnores };
  explicit Socket(Kind kind);
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  [[nodiscard]] std::string port() const;
  /// Waits until somebody connects. The connection stays open, and silent.
  void accept();

 private:
  int fd_ = -1;
  int client_ = -1;
};

}  // namespace mnemic::test
