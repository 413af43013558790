# SPDX-License-Identifier: MIT
# Writes the file OUTPUT, which says which commit of SOURCE is being built. Run at every build; the file changes only if
# the commit does, so that nothing else is compiled again.
#   cmake -DSOURCE=FOLDER -DOUTPUT=FILE -P commit.cmake

set(commit "unknown commit")
find_program(GIT git)
if(GIT)
    execute_process(COMMAND ${GIT} -C ${SOURCE} rev-parse --show-toplevel OUTPUT_VARIABLE top ERROR_QUIET
                    OUTPUT_STRIP_TRAILING_WHITESPACE)
    file(REAL_PATH ${SOURCE} root)
    # Sources that were unpacked inside another repository have no commit of their own.
    if("${top}" STREQUAL "${root}")
        execute_process(COMMAND ${GIT} -C ${SOURCE} rev-parse --short=10 HEAD OUTPUT_VARIABLE head ERROR_QUIET
                        OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE status)
        execute_process(COMMAND ${GIT} -C ${SOURCE} diff --quiet HEAD -- CMakeLists.txt cmake models kernel_model sim
                        RESULT_VARIABLE changed ERROR_QUIET)
        if(status EQUAL 0)
            set(commit "commit ${head}")
            if(NOT changed EQUAL 0)
                string(APPEND commit " with changes")
            endif()
        endif()
    endif()
endif()

set(text "// Written by cmake/commit.cmake.\n#include \"sim/cli/version.hpp\"\n
const char* drywalk::cli::built_from() { return \"${commit}\"; }\n")
set(before "")
if(EXISTS ${OUTPUT})
    file(READ ${OUTPUT} before)
endif()
if(NOT "${before}" STREQUAL "${text}")
    file(WRITE ${OUTPUT} "${text}")
endif()
