// SPDX-License-Identifier: MIT
#include "sim/input/schema.hpp"

#include "sim/input/complaint.hpp"
#include "sim/input/json_text.hpp"
#include "sim/input/mistakes.hpp"
#include "sim/input/schema_violation.hpp"

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

namespace drywalk {

using valijson::adapters::NlohmannJsonAdapter;

struct Schema::Compiled {
    valijson::Schema schema;
};

Schema::Schema(const std::filesystem::path& file)
    : text_(parse_json(read_text(file), file.string())), compiled_{std::make_unique<Compiled>()}
{
    try {
        valijson::SchemaParser{}.populateSchema(NlohmannJsonAdapter{text_}, compiled_->schema);
    } catch (const std::exception& error) {
        Complaint{file.string()}.fail("", std::string{"not a JSON Schema of draft 7: "} + error.what());
    }
}

Schema::~Schema() = default;

bool Schema::fits(const nlohmann::json& document) const
{
    valijson::Validator validator{valijson::Validator::kStrongTypes};
    return validator.validate(compiled_->schema, NlohmannJsonAdapter{document}, nullptr);
}

void Schema::check(const nlohmann::json& document, const std::string& file) const { check(document, Complaint{file}); }

void Schema::check(const nlohmann::json& document, const Complaint& complaint) const
{
    if (fits(document)) return;
    Mistakes mistakes;
    for (const SchemaViolation& violation : find_violations(text_, document))
        mistakes.gather([&] { complaint.fail(violation.pointer, violation.what); });
    mistakes.throw_if_any();
    complaint.fail("", "does not fit the schema");
}

} // namespace drywalk
