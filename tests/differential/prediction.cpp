// SPDX-License-Identifier: MIT
// What the MMU model says a machine answers. The payload's own accesses are left out: arena.hpp keeps them out of the
// TLB entries that programs use.

#include "tests/differential/prediction.hpp"

#include "models/memory/hierarchy.hpp"
#include "models/mmu/mmu.hpp"

#include <stdexcept>

namespace drywalk::differential {

namespace {

[[nodiscard]] machine::Profile with_features(machine::Profile profile, const Processor& processor)
{
    profile.features = processor.paging();
    return profile;
}

class Model {
public:
    Model(const Program& program, const machine::Profile& profile, const Processor& processor)
        : memory_{arena_end.value()}, caches_{profile.memory}, mmu_{with_features(profile, processor), memory_, caches_,
                                                                    ledger_}
    {
        for (unsigned slot = 0; slot < slot_count; ++slot)
            memory_.write(slot_at(slot).address(), program.slots[slot]);
        for (unsigned frame = 0; frame < frame_count; ++frame)
            memory_.write(frame_address(frame) + data_offset, data_mark(frame));
        mmu_.reset(program.mode(processor));
    }

    void carry_out(const Operation& operation, unsigned index)
    {
        switch (operation.kind) {
        case OperationKind::store:
            memory_.write(slot_at(operation.slot).address(), operation.operand);
            mmu_.note_store();
            break;
        case OperationKind::invlpg: invlpg(operation.operand); break;
        case OperationKind::mov_cr0: static_cast<void>(mmu_.write_cr0({operation.operand})); break;
        case OperationKind::mov_cr3: static_cast<void>(mmu_.write_cr3({operation.operand})); break;
        case OperationKind::mov_cr4: static_cast<void>(mmu_.write_cr4({operation.operand})); break;
        case OperationKind::wrmsr_efer: static_cast<void>(mmu_.write_efer({operation.operand})); break;
        case OperationKind::read:
        case OperationKind::write:
        case OperationKind::fetch: answer_.outcomes.push_back(access(operation, index)); break;
        }
    }

    [[nodiscard]] Answer finish()
    {
        StateSum all, without_flags;
        answer_.slots.emplace();
        for (unsigned slot = 0; slot < slot_count; ++slot) {
            const std::uint64_t word = memory_.read(slot_at(slot).address());
            (*answer_.slots)[slot] = word;
            all.add(word);
            without_flags.add(word & ~accessed_and_dirty);
        }
        for (unsigned frame = 0; frame < frame_count; ++frame) {
            const std::uint64_t word = memory_.read(frame_address(frame) + data_offset);
            all.add(word);
            without_flags.add(word);
        }
        answer_.state = all.value();
        answer_.state_without_flags = without_flags.value();
        return std::move(answer_);
    }

private:
    void invlpg(std::uint64_t operand)
    {
        if (const auto linear = LinearAddress::try_canonical(operand)) static_cast<void>(mmu_.invlpg(*linear));
    }

    [[nodiscard]] Outcome access(const Operation& operation, unsigned index)
    {
        const auto linear = LinearAddress::truncate(operation.address());
        const mmu::Translated translated = mmu_.translate(linear, access_of(operation));
        if (!translated.permitted) {
            static_cast<void>(mmu_.deliver_page_fault(linear));
            return page_fault(operation, translated.fault);
        }
        const auto frame = frame_at(translated.physical);
        if (!frame) throw std::logic_error{"a program left the data frames"};
        if (operation.kind == OperationKind::write) memory_.write(translated.physical, written_mark(index));
        return reached(operation, *frame, memory_.read(frame_address(*frame) + data_offset));
    }

    memory::PhysicalMemory memory_;
    memory::Hierarchy caches_;
    machine::MmuLedger ledger_;
    mmu::Mmu mmu_;
    Answer answer_;
};

} // namespace

Answer predict(const Program& program, const machine::Profile& profile, const Processor& processor)
{
    Model model{program, profile, processor};
    for (unsigned index = 0; index < program.operations.size(); ++index)
        model.carry_out(program.operations[index], index);
    return model.finish();
}

} // namespace drywalk::differential
