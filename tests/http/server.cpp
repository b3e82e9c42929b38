// SPDX-License-Identifier: Apache-2.0
#include "server.hpp"

#include <cerrno>
#include <stdexcept>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mnemic::test {
namespace {

std::string first_line(int fd) {
  std::string line;
  char byte = 0;
  for (;;) {
    const ssize_t n = ::read(fd, &byte, 1);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0 || byte == '\n') return line;
    line.push_back(byte);
  }
}

}  // namespace

std::string certificate_file() {
  return MNEMIC_HTTP_TESTS "/loopback.pem";
}

LlmServer::LlmServer(Tls tls, const std::string& script) {
  int to[2];
  int from[2];
  if (::pipe2(to, O_CLOEXEC) != 0 || ::pipe2(from, O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  std::vector<std::string> words{MNEMIC_PYTHON, MNEMIC_HTTP_TESTS "/" + script};
  if (tls == Tls::kYes) words.insert(words.end(), {"--tls", certificate_file()});
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
  const int failed = ::posix_spawn(&pid_, MNEMIC_PYTHON, &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(to[0]);
  ::close(from[1]);
  in_ = to[1];
  if (failed == 0) port_ = first_line(from[0]);
  ::close(from[0]);
  if (port_.empty()) throw std::runtime_error(script + " did not start");
}

LlmServer::~LlmServer() {
  ::close(in_);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
}

std::string LlmServer::url(const std::string& behaviour) const {
  return "http://127.0.0.1:" + port_ + "/" + behaviour + "/v1";
}

Socket::Socket(Kind kind) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd_ < 0 || ::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      (kind == Kind::kIgnores && ::listen(fd_, 8) != 0)) {
    throw std::runtime_error("no port on the loopback");
  }
}

Socket::~Socket() {
  if (client_ >= 0) ::close(client_);
  ::close(fd_);
}

std::string Socket::port() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
  return std::to_string(ntohs(address.sin_port));
}

void Socket::accept() {
  do {
    client_ = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
  } while (client_ < 0 && errno == EINTR);
}

}  // namespace mnemic::test
