# Runs PROGRAM, and fails unless it ends well and prints what is in EXPECTED, byte for byte, and nothing as an error.
execute_process(COMMAND "${PROGRAM}" OUTPUT_VARIABLE printed ERROR_VARIABLE errors RESULT_VARIABLE code)
file(READ "${EXPECTED}" expected)
if(NOT code EQUAL 0 OR NOT errors STREQUAL "")
  message(FATAL_ERROR "exit code ${code}\n${errors}")
endif()
if(NOT printed STREQUAL expected)
  message(FATAL_ERROR "it printed\n${printed}\ninstead of\n${expected}")
endif()
