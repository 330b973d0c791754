"""What is done at the portal, in words: of what kind a deed is, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models


class Kind(models.TextChoices):
    """What the page of the audit is filtered by."""

    CAMPAIGNS = "campaigns", "Campaigns"
    TEXTS = "texts", "Single texts and replies"
    TEMPLATES = "templates", "Templates"
    CONTACTS = "contacts", "Contacts, groups and segments"
    UPLOADS = "uploads", "Uploads"
    OPT_OUTS = "opt-outs", "Opt-outs"
    EXPORTS = "exports", "Exports"
    SIGN_INS = "sign-ins", "Sign-ins"
    PEOPLE = "people", "People and roles"
    KEYS = "keys", "API keys"
    SETTINGS = "settings", "Rules and sender IDs"
    PORTAL = "portal", "Stops and backups"


# By the first word of what a deed is about: "campaign 12".
KINDS = {
    "campaign": Kind.CAMPAIGNS,
    "message": Kind.TEXTS,
    "call": Kind.TEXTS,
    "reply": Kind.TEXTS,
    "conversation": Kind.TEXTS,
    "word": Kind.TEXTS,
    "starter": Kind.TEXTS,
    "template": Kind.TEMPLATES,
    "group": Kind.CONTACTS,
    "contact": Kind.CONTACTS,
    "segment": Kind.CONTACTS,
    "upload": Kind.UPLOADS,
    "opt-out": Kind.OPT_OUTS,
    "file": Kind.OPT_OUTS,
    "number": Kind.OPT_OUTS,
    "person": Kind.PEOPLE,
    "invitation": Kind.PEOPLE,
    "role": Kind.PEOPLE,
    "key": Kind.KEYS,
    "rule": Kind.SETTINGS,
    "sender": Kind.SETTINGS,
}


@dataclass(frozen=True, slots=True)
class Words:
    """`told` follows who it was: "launched {it}"; `own` where it was done to oneself.

    `short` stands in the history of a campaign.
    """

    told: str
    short: str = ""
    own: str = ""


DEEDS = {
    "campaign made": Words("made {it}", "Made"),
    "campaign changed": Words("changed {it}", "Changed"),
    "campaign deleted": Words("deleted {it}"),
    "approval asked for": Words("asked for approval of {it}", "Approval asked for"),
    "approval taken back": Words("took {it} back to change it", "Taken back to be changed"),
    "campaign approved": Words("approved {it}", "Approved"),
    "campaign returned": Words("returned {it}", "Returned"),
    "occurrence changed": Words("changed one occurrence of {it}", "One occurrence changed"),
    "occurrence left out": Words("left out one occurrence of {it}", "One occurrence left out"),
    "campaign launched": Words("launched {it}", "Launched"),
    "campaign paused": Words("paused {it}", "Paused"),
    "campaign resumed": Words("resumed {it}", "Resumed"),
    "campaign used again": Words("made {it} from an earlier campaign", "Made from an earlier campaign"),
    "campaign set back": Words("kept {it} from going, to change it", "Kept from going, to be changed"),
    "campaign archived": Words("archived {it}", "Archived"),
    "campaign taken out": Words("took {it} out of the archive", "Taken out of the archive"),
    "campaign cancelled": Words("cancelled {it}", "Cancelled"),
    "draft made of a run": Words("made {it} from an earlier campaign", "Made from an earlier campaign"),
    "sent again": Words("sent again what is not known of {it}", "Not known, sent again"),
    "sent again by the campaign's rule": Words(
        "sent again what is not known of {it}, by its own rule", "Not known, sent again by the campaign's own rule"
    ),
    "left as not known": Words("left what is not known of {it}", "Not known, left so"),
    "campaign exported": Words("exported the texts of {it}", "Texts exported"),
    "exported file fetched": Words("fetched an exported file of {it}", "Exported file fetched"),
    "text sent": Words("sent {it}"),
    "texts sent by a call": Words("had the texts of {it} sent"),
    "call taken back": Words("took back what had not gone of {it}"),
    "texts exported": Words("exported texts", "Texts exported"),
    "call exported": Words("exported the texts of {it}"),
    "test text sent": Words("sent {it} as a test to their own phone"),
    "code sent": Words("had {it} sent, a code for their own phone"),
    "reply read": Words("said what {it} means"),
    "replies read": Words("read replies of {it}"),
    "replies exported": Words("exported replies"),
    "conversation done": Words("called {it} done"),
    "conversation opened again": Words("opened {it} again"),
    "conversation assigned": Words("said who sees to {it}"),
    "answer word made": Words("made {it}"),
    "answer word changed": Words("changed {it}"),
    "answer word deleted": Words("deleted {it}"),
    "ready answer made": Words("made {it}"),
    "ready answer changed": Words("changed {it}"),
    "ready answer deleted": Words("deleted {it}"),
    "template made": Words("made {it}"),
    "template changed": Words("changed {it}"),
    "template archived": Words("archived {it}"),
    "template deleted": Words("deleted {it}"),
    "template taken out": Words("offered {it} again"),
    "group made": Words("made {it}"),
    "group renamed": Words("renamed {it}"),
    "group changed": Words("changed {it}"),
    "group deleted": Words("deleted {it}"),
    "group merged": Words("merged {it} into another group"),
    "group exported": Words("exported {it}"),
    "field made": Words("added a field to {it}"),
    "field named": Words("gave a field of {it} another name in texts"),
    "field renamed": Words("renamed a field of {it}"),
    "field retyped": Words("changed the type of a field of {it}"),
    "field deleted": Words("deleted a field of {it}"),
    "key given": Words("chose what tells rows of one number apart in {it}"),
    "key taken away": Words("had each number stand once in {it}"),
    "contacts written": Words("wrote contacts into {it}"),
    "contacts copied": Words("copied contacts of {it}"),
    "contacts moved": Words("moved contacts out of {it}"),
    "contacts taken out": Words("took contacts out of {it}"),
    "copy to Q SMS ordered": Words("had {it} copied to Q SMS"),
    "copy to Q SMS stopped": Words("stopped the copy of {it} to Q SMS"),
    "contact made": Words("added {it}"),
    "contact changed": Words("changed {it}"),
    "contact deleted": Words("deleted {it}"),
    "segment made": Words("made {it}"),
    "segment changed": Words("changed {it}"),
    "segment deleted": Words("deleted {it}"),
    "upload begun": Words("uploaded {it}"),
    "upload given up": Words("gave up {it}"),
    "upload imported": Words("imported {it}"),
    "upload undone": Words("undid {it}"),
    "rejected rows exported": Words("exported the rejected rows of {it}"),
    "opted out": Words("added {it}"),
    "opt-out taken back": Words("took back {it}"),
    "opted out by a file": Words("opted out the numbers of {it}"),
    "signed in": Words("signed in as {it}", own="signed in"),
    "signed out": Words("signed out {it}", own="signed out"),
    "sign-in failed": Words("failed to sign in as {it}"),
    "sign-in link made": Words("made a link to sign in for {it}"),
    "sign-in link used": Words("signed in by a link as {it}", own="signed in by a link"),
    "session ended": Words("ended sessions of {it}", own="ended their own sessions elsewhere"),
    "second factor added": Words("added a second factor of {it}", own="added a second factor"),
    "second factor taken away": Words("took a second factor away from {it}", own="took away their second factor"),
    "recovery codes made anew": Words("made recovery codes of {it} anew", own="made their recovery codes anew"),
    "person made": Words("made {it}", own="made their own account"),
    "mails chosen": Words("chose the mails of {it}", own="chose of what they are mailed"),
    "person changed": Words("changed {it}", own="changed their own profile"),
    "person deleted": Words("deleted {it}"),
    "person deactivated": Words("deactivated {it}"),
    "person reactivated": Words("let {it} sign in again"),
    "person invited": Words("sent {it}"),
    "invitation sent anew": Words("sent {it} anew"),
    "invitation taken back": Words("took back {it}"),
    "invitation accepted": Words("accepted an invitation for {it}", own="accepted an invitation"),
    "password changed": Words("changed the password of {it}", own="changed their own password"),
    "spending limit changed": Words("changed the spending limit of {it}", own="changed their own spending limit"),
    "role changed": Words("changed the role of {it}", own="changed their own role"),
    "own phone confirmed": Words("confirmed the phone of {it}", own="confirmed their own phone"),
    "own phone removed": Words("took away the phone of {it}", own="took away their own phone"),
    "phone of a person changed": Words("changed the phone of {it}", own="changed their own phone"),
    "API key made": Words("made {it}"),
    "API key changed": Words("changed {it}"),
    "API key revoked": Words("revoked {it}"),
    "callback address changed": Words("changed where callbacks of {it} go"),
    "callback secret made": Words("made a secret for callbacks of {it}"),
    "callback secret retired": Words("retired the old secret for callbacks of {it}"),
    "callback tested": Words("sent a test callback of {it}"),
    "callbacks sent again": Words("had callbacks of {it} posted again"),
    "rule changed": Words("changed {it}"),
    "sender made": Words("added {it}"),
    "sender changed": Words("changed {it}"),
    "sender saved": Words("saved {it}"),
    "sending stopped": Words("stopped all sending"),
    "sending let go on": Words("let sending go on"),
    "halts ended": Words("let go on what had been halted"),
    "audit exported": Words("exported the audit"),
    "report exported": Words("exported a report"),
    "weekly mail made": Words("had a report mailed every Monday"),
    "weekly mail ended": Words("ended the mail of a report every Monday"),
    "samples taken away": Words("took away the samples"),
    "backup written": Words("wrote a backup"),
    "backup restored": Words("restored a backup"),
}


def kind_of(act: str, about: str) -> Kind:
    """By what is done, or by what it is done to."""
    if act.startswith(("signed ", "sign-in ", "session ")):
        return Kind.SIGN_INS
    if "export" in act:
        return Kind.EXPORTS
    return KINDS.get(about.partition(" ")[0], Kind.PORTAL)


def told(act: str) -> str:
    """What follows who it was, with `{it}` for what it was done to; a deed without words of its own says its name."""
    words = DEEDS.get(act)
    return words.told if words else f"{act}: {{it}}"


def in_short(act: str) -> str:
    """For the history of a campaign."""
    words = DEEDS.get(act)
    return (words and words.short) or f"{act[:1].upper()}{act[1:]}"
