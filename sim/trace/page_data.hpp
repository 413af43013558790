// SPDX-License-Identifier: MIT
// A page of memory as text: base64 (RFC 4648, 4) or hexadecimal, its 4096 bytes in the order of their addresses.
#pragma once

#include <string>
#include <string_view>

namespace drywalk::trace {

inline constexpr std::string_view base64_form = "5464 characters of base64, the padding included";
inline constexpr std::string_view hexadecimal_form = "8192 hexadecimal digits, no 0x before them";

/// Puts the 4096 bytes at `to`, which may be where `text` begins. False if `text` is something else; `to` holds
/// nonsense then.
[[nodiscard]] bool decode_base64(std::string_view text, char* to);
[[nodiscard]] bool decode_hexadecimal(std::string_view text, char* to);

void append_base64(std::string& to, std::string_view bytes);

} // namespace drywalk::trace
