#!/usr/bin/env bash
# Builds the chatbot and shows what it remembers: ./demo.sh. With a terminal it goes on as a chat.
# Arguments are handed to the chatbot, for instance: ./demo.sh --store agent.db
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

scripts/install-deps.sh build
source scripts/steps.sh

step "Building (the first time takes a few minutes)"
cmake --preset release --log-level=WARNING -DMNEMIC_BUILD_TESTS=OFF
cmake --build --preset release --target mnemic_cli mnemic_chatbot

step "The demonstration"
exec build/release/chatbot --demo "$@"
