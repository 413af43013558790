// SPDX-License-Identifier: MIT
// Which program this is.
#pragma once

namespace drywalk::cli {

/// "0.1.0"
inline constexpr const char* version = DRYWALK_VERSION;

/// "commit 0123456789", with " with changes" if the sources differed from it; "unknown commit" without a repository.
[[nodiscard]] const char* built_from();

} // namespace drywalk::cli
