# Sourced by the tests that need a model: a server on the loopback (tests/http/llm_server.py), which ends with the test.
# `model BEHAVIOUR` prints the arguments that make the chatbot use it.
mkfifo server.hold server.port
python3 "$TESTS/../../../tests/http/llm_server.py" <server.hold >server.port 2>server.errors &
exec {server_hold}>server.hold
read -r server_port <server.port
model() { echo "--llm-url http://127.0.0.1:$server_port/$1/v1 --model test"; }
