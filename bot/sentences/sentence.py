"""What Ember says by itself."""

from enum import StrEnum


class Sentence(StrEnum):
    """A sentence's key in the files; in braces, what has to be given with it."""

    APOLOGY_DEADLINE = "apology.deadline"  #: the answer took too long
    APOLOGY_UNAVAILABLE = "apology.unavailable"  #: the model cannot be reached
    APOLOGY_REFUSED = "apology.refused"  #: the model does not take what it is asked; only the owner can mend that
    APOLOGY_TOO_MANY_STEPS = "apology.too_many_steps"  #: the model called and called
    APOLOGY_NO_ANSWER = "apology.no_answer"  #: the model said nothing
    APOLOGY_FAILED = "apology.failed"  #: something went wrong that nobody foresaw
    APOLOGY_NOT_KEPT = "apology.not_kept"  #: a message, or its answer, could not be stored; the log says why

    REPLY_FORGOTTEN = "reply.forgotten"  #: instead of a reply that would hold what was forgotten
    REPLY_CUT_OFF = "reply.cut_off"  #: behind a reply that reached its greatest length
    REPLY_INTERRUPTED = "reply.interrupted"  #: instead of, or behind, a reply that was interrupted for good
    REPLY_STOPPED = "reply.stopped"  #: below what was shown of a reply as its asker stopped it

    NOTICE_ATTACHED = "notice.attached"  #: below the beginning of a reply that goes as a file
    NOTICE_UPDATED = "notice.updated"  #: a memory was made or changed {content}
    NOTICE_LEARNED_MANY = "notice.learned_many"  #: several memories were made {count}
    NOTICE_FORGOTTEN = "notice.forgotten"  #: a memory was forgotten
    NOTICE_HOW_TO_UNDO = "notice.how_to_undo"  #: behind a notice that tells of a memory
    NOTICE_FIRST_CONTACT = "notice.first_contact"  #: once, below the first reply to somebody
    NOTICE_LEFT_OUT = "notice.left_out"  #: what looks like a secret was not kept
    NOTICE_NO_VOICE = "notice.no_voice"  #: a voice message cannot be listened to
    NOTICE_NOT_HEARD = "notice.not_heard"  #: listening to a voice message failed
    NOTICE_NO_IMAGES = "notice.no_images"  #: an image cannot be seen

    CHANNEL_CONTENT_WITHHELD = "channel.content_withheld"  #: Discord leaves out what a message says
    CHANNEL_TOO_MUCH = "channel.too_much"  #: somebody asks faster than they may {seconds}
    CHANNEL_MUTED = "channel.muted"  #: an admin has muted Ember here
    CHANNEL_OTHER_SERVERS = "channel.other_servers"  #: the owner has not named this server in DISCORD_GUILD_IDS
    CHANNEL_AMBIENT = "channel.ambient"  #: pinned where Ember may join in without being asked

    COMMAND_STRANGER = "command.stranger"  #: a command's answer to somebody of whom nothing is kept
    COMMAND_NO_PLACE = "command.no_place"  #: a command's answer where Ember cannot talk
    COMMAND_FAILED = "command.failed"  #: a command failed in a way nobody foresaw
    COMMAND_GONE = "command.gone"  #: a button or form names a command that is no longer there
    COMMAND_TOO_SLOW = "command.too_slow"  #: a form could not be opened in the time Discord gives

    SETUP_MAY_TALK_IN = "setup.may_talk_in"  #: where Ember may talk {channels}
    SETUP_MAY_TALK_NOWHERE = "setup.may_talk_nowhere"  #: there is no such channel
    SETUP_MISSING_PERMISSION = "setup.missing_permission"  #: something does not work there {permission} {channel}
    SETUP_CONTENT_WITHHELD = "setup.content_withheld"  #: what does not work without the Message Content intent

    BUTTON_STOP = "button.stop"  #: ends the answer under way
    BUTTON_REGENERATE = "button.regenerate"  #: has the answer made anew
    BUTTON_UNDO = "button.undo"  #: takes a memory back
    BUTTON_EDIT = "button.edit"  #: changes a memory
    BUTTON_CONFIRM = "button.confirm"  #: does what was asked about
    BUTTON_CANCEL = "button.cancel"  #: leaves it
    BUTTON_NEXT = "button.next"  #: the next page
    BUTTON_BACK = "button.back"  #: the page before
